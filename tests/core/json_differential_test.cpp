#include "core/json_scan.hpp"
#include "tests/core/json_generator.hpp"

#include <stet/json.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

// What we accept and refuse, held against a reader that others wrote.

namespace stet {
namespace {

boost::system::error_code boost_reads(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 600;
    boost::system::error_code ec;
    boost::json::parse(boost::json::string_view(text.data(), text.size()), ec, {}, options);
    return ec;
}

bool we_accept(std::string_view text) {
    return JsonDocument::parse(text).has_value();
}

// What the grammar allows and Boost.JSON cannot represent: half a surrogate pair, and an exponent beyond
// the range of an int. (There are no backslashes outside strings, so an accepted text is looked at whole.)
bool is_beyond_boost(std::string_view accepted, const boost::system::error_code& ec) {
    return decode_json_string(accepted).lone_surrogate || ec == boost::json::error::exponent_overflow;
}

}  // namespace

TEST_CASE("core/json: random texts and broken ones are accepted and refused as Boost.JSON does") {
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (unsigned seed = 1; seed <= 2000; ++seed) {
        test::JsonGenerator generator(seed);
        generator.duplicate_keys = true;
        const auto text = generator.text();
        CAPTURE(seed);
        CAPTURE(text);
        REQUIRE(we_accept(text));
        REQUIRE_FALSE(boost_reads(text));
        for (int i = 0; i < 6; ++i) {
            const auto broken = generator.mutated(text);
            CAPTURE(broken);
            const auto ec = boost_reads(broken);
            const bool ours = we_accept(broken);
            ++(ours ? accepted : refused);
            CHECK((!ec) == (ours && !is_beyond_boost(broken, ec)));
        }
    }
    // Mutations of both fates, or the comparison says little.
    CHECK(accepted > 1500);
    CHECK(refused > 5000);
}

TEST_CASE("core/json: what Boost.JSON cannot represent is accepted, as RFC 8259 allows") {
    const std::string texts[] = {R"("\ud800")", R"("\ud83dx")",      R"("\ud83d\n")",
                                 R"("\udc00")", R"("\ud83d\ud83d")", "1e99999999999"};
    for (const auto& text : texts) {
        CAPTURE(text);
        CHECK(we_accept(text));
        CHECK(boost_reads(text));
        CHECK(is_beyond_boost(text, boost_reads(text)));
    }
}

TEST_CASE("core/json: ill-formed UTF-8 is refused exactly where Boost.JSON refuses it") {
    for (unsigned lead = 0x80; lead <= 0xFF; ++lead) {
        for (unsigned second = 0x7E; second <= 0xC1; ++second) {
            for (const char* tail : {"", "\x80", "\xBF\xBF"}) {
                std::string text = "\"";
                text.append({static_cast<char>(lead), static_cast<char>(second)}).append(tail).append("\"");
                const bool agree = we_accept(text) == !boost_reads(text);
                if (!agree) CAPTURE(text);
                REQUIRE(agree);
            }
        }
    }
}

}  // namespace stet
