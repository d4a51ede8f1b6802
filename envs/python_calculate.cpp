#include "envs/python_calculate.hpp"

#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace stet::envs {
namespace {

constexpr const char* syntax = "invalid syntax (<string>, line 1)";
constexpr int depth_max = 90;

struct Number {
    bool whole = true;
    std::int64_t integer = 0;
    double real = 0;

    double as_real() const { return whole ? static_cast<double>(integer) : real; }
};

Number of_real(double value) {
    return {false, 0, value};
}

class Calculator {
public:
    explicit Calculator(std::string_view text) : text_(text) {}

    Result<Value> run() {
        const auto number = sum();
        skip();
        if (problem_.empty() && at_ != text_.size())
            problem_ = text_[at_] == ')' ? "unmatched ')' (<string>, line 1)" : syntax;
        if (!problem_.empty()) return Error{problem_, {}};
        return number.whole ? Value(number.integer) : Value(number.real);
    }

private:
    void skip() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
            ++at_;
    }
    bool eat(std::string_view word) {
        skip();
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    Number stop(const char* problem) {
        if (problem_.empty()) problem_ = problem;
        return {};
    }

    Number sum() {
        auto left = product();
        for (;;) {
            if (!problem_.empty()) return left;
            if (eat("+"))
                left = add(left, product(), false);
            else if (eat("-"))
                left = add(left, product(), true);
            else
                return left;
        }
    }

    static Number add(const Number& a, const Number& b, bool minus) {
        std::int64_t whole = 0;
        const bool fits = a.whole && b.whole &&
                          !(minus ? __builtin_sub_overflow(a.integer, b.integer, &whole)
                                  : __builtin_add_overflow(a.integer, b.integer, &whole));
        if (fits) return {true, whole, 0};
        return of_real(minus ? a.as_real() - b.as_real() : a.as_real() + b.as_real());
    }

    Number product() {
        auto left = factor();
        for (;;) {
            skip();
            const auto rest = text_.substr(at_);
            if (!problem_.empty() || rest.starts_with("**")) return left;
            if (eat("//"))
                left = floor_divide(left, factor());
            else if (eat("/"))
                left = divide(left, factor());
            else if (eat("*"))
                left = multiply(left, factor());
            else if (eat("%"))
                left = modulo(left, factor());
            else
                return left;
        }
    }

    static Number multiply(const Number& a, const Number& b) {
        std::int64_t whole = 0;
        if (a.whole && b.whole && !__builtin_mul_overflow(a.integer, b.integer, &whole))
            return {true, whole, 0};
        return of_real(a.as_real() * b.as_real());
    }

    Number divide(const Number& a, const Number& b) {
        if (b.as_real() == 0) return stop(a.whole && b.whole ? "division by zero" : "float division by zero");
        return of_real(a.as_real() / b.as_real());
    }

    Number floor_divide(const Number& a, const Number& b) {
        if (b.as_real() == 0)
            return stop(a.whole && b.whole ? "integer division or modulo by zero"
                                           : "float floor division by zero");
        if (!a.whole || !b.whole) return of_real(std::floor(a.as_real() / b.as_real()));
        const auto quotient = a.integer / b.integer;
        const bool down = a.integer % b.integer != 0 && (a.integer < 0) != (b.integer < 0);
        return {true, quotient - (down ? 1 : 0), 0};
    }

    Number modulo(const Number& a, const Number& b) {
        if (b.as_real() == 0) return stop(a.whole && b.whole ? "integer modulo by zero" : "float modulo");
        if (!a.whole || !b.whole) {
            const double rest = std::fmod(a.as_real(), b.as_real());
            return of_real(rest != 0 && (rest < 0) != (b.as_real() < 0) ? rest + b.as_real() : rest);
        }
        const auto rest = a.integer % b.integer;
        return {true, rest != 0 && (rest < 0) != (b.integer < 0) ? rest + b.integer : rest, 0};
    }

    Number factor() {
        if (++depth_ > depth_max) return stop("too many nested parentheses (<string>, line 1)");
        Number value;
        if (eat("-")) {
            value = factor();
            value = value.whole ? add({}, value, true) : of_real(-value.real);
        } else if (eat("+")) {
            value = factor();
        } else {
            value = power();
        }
        --depth_;
        return value;
    }

    Number power() {
        const auto base = atom();
        if (!problem_.empty() || !eat("**")) return base;
        const auto exponent = factor();
        if (!problem_.empty()) return {};
        if (base.as_real() == 0 && exponent.as_real() < 0)
            return stop("0.0 cannot be raised to a negative power");
        if (base.whole && exponent.whole && exponent.integer >= 0) return whole_power(base, exponent.integer);
        return of_real(std::pow(base.as_real(), exponent.as_real()));
    }

    static Number whole_power(const Number& base, std::int64_t exponent) {
        Number result{true, 1, 0};
        for (std::int64_t i = 0; i < exponent && i < 4096; ++i) {
            result = multiply(result, base);
            if (!result.whole) return of_real(std::pow(base.as_real(), static_cast<double>(exponent)));
        }
        return result;
    }

    Number atom() {
        skip();
        if (at_ == text_.size()) return stop(syntax);
        if (eat("(")) {
            const auto inner = sum();
            if (problem_.empty() && !eat(")")) return stop("'(' was never closed (<string>, line 1)");
            return inner;
        }
        return literal();
    }

    Number literal() {
        const auto begin = at_;
        bool whole = true;
        while (at_ < text_.size() &&
               (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '.')) {
            if (text_[at_] == '.' && !whole) return stop(syntax);
            whole = whole && text_[at_] != '.';
            ++at_;
        }
        const auto digits = text_.substr(begin, at_ - begin);
        if (digits.empty() || digits == ".") return stop(syntax);
        if (whole && digits.size() > 1 && digits[0] == '0' &&
            digits.find_first_not_of('0') != std::string_view::npos) {
            return stop(
                "leading zeros in decimal integer literals are not permitted; "
                "use an 0o prefix for octal integers (<string>, line 1)");
        }
        std::int64_t integer = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), integer);
        if (whole && parsed.ec == std::errc{}) return {true, integer, 0};
        double real = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), real);
        return of_real(real);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::string problem_;
};

}  // namespace

Result<Value> python_calculate(std::string_view expression) {
    return Calculator(expression).run();
}

}  // namespace stet::envs
