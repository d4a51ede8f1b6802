#include "bench/figures.hpp"

#include <stet/json.hpp>
#include <stet/result.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet::bench {
namespace {

using Row = std::vector<std::string>;

// Three digits that count.
std::string digits(double value) {
    if (value >= 100) return fmt::format("{:.0f}", value);
    return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::string> programs_in(const std::vector<Figure>& figures) {
    std::vector<std::string> programs;
    for (const auto& figure : figures) {
        for (const auto& one : figure.measured) {
            if (std::ranges::find(programs, one.program) == programs.end()) programs.push_back(one.program);
        }
    }
    return programs;
}

std::string cell(const Figure& figure, std::string_view program) {
    const auto found = std::ranges::find(figure.measured, program, &Measured::program);
    if (found == figure.measured.end()) return "";
    const auto [least, most] = std::ranges::minmax(found->values);
    return fmt::format("{} ({}–{})", digits(median(found->values)), digits(least), digits(most));
}

std::string target_of(const Target& target) {
    const auto* sign = target.way == Target::Way::at_least ? "≥" : "≤";
    if (target.beside.empty()) return fmt::format("{} {}", sign, digits(target.value));
    return fmt::format("{} {} × {}", sign, digits(target.value), target.beside);
}

Row row_of(const Figure& figure, const std::vector<std::string>& programs) {
    Row row{figure.name, figure.unit};
    for (const auto& program : programs)
        row.push_back(cell(figure, program));
    if (!figure.target) return row.insert(row.end(), {"", "", ""}), row;
    const auto value = digits(reached(figure));
    row.push_back(target_of(*figure.target));
    row.push_back(figure.target->beside.empty() ? value : value + " ×");
    row.push_back(holds(figure) ? "holds" : "FALLS SHORT");
    return row;
}

std::string align(const std::vector<Row>& rows) {
    std::vector<std::size_t> widths(rows.at(0).size());
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
        out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
    return out;
}

void write_measured(JsonWriter& json, const Measured& measured) {
    const auto [least, most] = std::ranges::minmax(measured.values);
    json.key("median").number(median(measured.values));
    json.key("min").number(least).key("max").number(most);
}

void write_target(JsonWriter& json, const Figure& figure) {
    if (!figure.target) {
        json.key("target").null().key("reached").null().key("holds").null();
        return;
    }
    const Target& target = *figure.target;
    json.key("target").open('{');
    json.key("way").string(target.way == Target::Way::at_least ? "at_least" : "at_most");
    json.key("value").number(target.value).key("beside");
    target.beside.empty() ? json.null() : json.string(target.beside);
    json.key("reason").string(target.reason).close('}');
    json.key("reached").number(reached(figure)).key("holds").boolean(holds(figure));
}

}  // namespace

std::string to_table(std::string_view name, const std::vector<Figure>& figures) {
    const auto programs = programs_in(figures);
    Row header{"figure", "unit"};
    header.insert(header.end(), programs.begin(), programs.end());
    header.insert(header.end(), {"target", "reached", ""});
    std::vector<Row> rows{header};
    std::string reasons;
    for (const auto& figure : figures) {
        rows.push_back(row_of(figure, programs));
        if (figure.target) reasons += fmt::format("  {}: {}\n", figure.name, figure.target->reason);
    }
    const auto short_of = std::ranges::count_if(figures, [](const Figure& one) { return !holds(one); });
    const auto verdict =
        short_of == 0 ? std::string("every target holds") : fmt::format("{} fall short", short_of);
    return fmt::format(
        "bench {}, stet {}: median (least–most) of {} repetitions, taken in turns\n\n{}\n"
        "Why these targets:\n{}\n{}",
        name, STET_VERSION, figures.at(0).measured.at(0).values.size(), align(rows), reasons, verdict);
}

std::string to_json(std::string_view name, const std::vector<Figure>& figures) {
    JsonWriter json;
    json.open('{').key("bench").string(name).key("stet").string(STET_VERSION);
    json.key("holds").boolean(std::ranges::all_of(figures, holds)).key("figures").open('[');
    for (const auto& figure : figures) {
        json.open('{').key("name").string(figure.name).key("unit").string(figure.unit);
        write_measured(json, figure.measured.at(0));
        json.key("compared").open('[');
        for (std::size_t i = 1; i < figure.measured.size(); ++i) {
            json.open('{').key("program").string(figure.measured[i].program);
            write_measured(json, figure.measured[i]);
            json.close('}');
        }
        json.close(']');
        write_target(json, figure);
        json.close('}');
    }
    return json.close(']').close('}').take();
}

}  // namespace stet::bench
