#include "formats/trial.hpp"

// The verifiers' declarations that several importers write.

namespace stet {

std::string declare_joined(std::string_view how, const std::vector<std::string>& of) {
    JsonWriter json;
    json.open('{').member("verifier", how).key("of").open('[');
    for (const auto& one : of)
        json.raw(one);
    return json.close(']').close('}').take();
}

std::string declare_ended(const std::vector<std::string_view>& as) {
    JsonWriter json;
    return json.open('{').member("verifier", "ended").member("as", as).close('}').take();
}

std::string declare_said(std::string_view expect, std::string_view among) {
    JsonWriter json;
    json.open('{').member("verifier", "output_match").key("expect").raw(expect).member("among", among);
    json.key("normalise").open('[').string("lower").string("drop_commas").close(']');
    json.key("normalise_expect").open('[').string("lower").close(']');
    return json.close('}').take();
}

}  // namespace stet
