#include "tests/recorder/relay_house.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>
#include <sys/socket.h>
#include <thread>

// Upstreams behind TLS, with a certificate authority that the test makes for itself.

namespace stet::test {
namespace {

struct Release {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
};
using Key = std::unique_ptr<EVP_PKEY, Release>;
using Certificate = std::unique_ptr<X509, Release>;

/// A certificate for a name, signed by itself and good as its own authority.
Certificate certificate_for(const std::string& name, EVP_PKEY* key) {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    auto* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("stet test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    const auto alternative = "DNS:" + name;
    for (const auto& [nid, value] : {std::pair<int, std::string>{NID_basic_constraints, "critical,CA:TRUE"},
                                     {NID_subject_alt_name, alternative}}) {
        auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
        X509_add_ext(certificate.get(), extension, -1);
        X509_EXTENSION_free(extension);
    }
    X509_sign(certificate.get(), key, EVP_sha256());
    return certificate;
}

std::string pem_of(X509* certificate) {
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, certificate);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    return text;
}

/// Serves one TLS connection with one answer.
FakeUpstream::Script serving(X509* certificate, EVP_PKEY* key, std::string answer, std::string& server_name) {
    return [certificate, key, answer = std::move(answer), &server_name](Socket& socket) {
        const std::unique_ptr<SSL_CTX, Release> context(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(context.get(), certificate);
        SSL_CTX_use_PrivateKey(context.get(), key);
        const std::unique_ptr<SSL, Release> session(SSL_new(context.get()));
        SSL_set_fd(session.get(), socket.descriptor());
        if (SSL_accept(session.get()) != 1) return;
        if (const char* name = SSL_get_servername(session.get(), TLSEXT_NAMETYPE_host_name))
            server_name = name;
        std::string request;
        char buffer[4096];
        while (request.find("\r\n\r\n{}") == std::string::npos) {
            const int count = SSL_read(session.get(), buffer, sizeof buffer);
            if (count <= 0) return;
            request.append(buffer, static_cast<std::size_t>(count));
        }
        SSL_write(session.get(), answer.data(), static_cast<int>(answer.size()));
        SSL_read(session.get(), buffer, sizeof buffer);
    };
}

class Trusting {
public:
    explicit Trusting(const std::string& path) { ::setenv("SSL_CERT_FILE", path.c_str(), 1); }
    ~Trusting() { ::unsetenv("SSL_CERT_FILE"); }
};

}  // namespace

TEST_CASE("recorder/tls: the upstream's certificate must be good, and for its name") {
    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    struct Row {
        const char* name;
        std::string certified;
        bool trusted, good;
    };
    const std::vector<Row> rows = {
        {"good", "localhost", true, true},
        {"another host's", "example.org", true, false},
        {"of an unknown authority", "localhost", false, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto certificate = certificate_for(row.certified, key.get());
        const TempDir directory;
        write_file(directory / "ca.pem", row.trusted ? pem_of(certificate.get()) : "");
        const Trusting trusting((directory / "ca.pem").string());
        std::string server_name;
        FakeUpstream upstream(serving(certificate.get(), key.get(), answer, server_name));
        const std::vector<RelayHouse::To> to = {
            {"up", "https://localhost:" + std::to_string(upstream.port())}};
        RelayHouse house(to);
        auto agent = house.connect();
        agent.send(post("{}"));
        if (row.good) {
            CHECK(agent.receive(answer.size()) == answer);
        } else {
            CHECK(agent.receive_all().starts_with("HTTP/1.1 502 "));
        }
        agent.close();
        REQUIRE(house.closed(1));
        CHECK(house.sink.all<ConnectionOpened>().at(0).transport == "tls");
        const auto errors = house.sink.all<TransportError>();
        CHECK(errors.size() == (row.good ? 0 : 1));
        if (!row.good) CHECK(errors.at(0).kind == "tls");
        if (row.good) CHECK(server_name == "localhost");
    }
}

}  // namespace stet::test
