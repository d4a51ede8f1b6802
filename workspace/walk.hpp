#pragma once

#include "workspace/descriptor.hpp"

#include <string>

namespace stet::workspace {

/// One thing that a walk came by.
struct Met {
    const std::string& path;  ///< Relative to where the walk began. Valid during the call only.
    const char* name;         ///< The last component.
    int directory;            ///< An open descriptor of the directory that holds it.
    const Facts& facts;
};

/// What is to be done on a walk.
class Visitor {
public:
    virtual ~Visitor() = default;
    /// Each entry once. For a directory: whether to go in (asked before anything in it is met).
    virtual bool meet(const Met& met) = 0;
    /// Something that could not be looked at, or is not what it was a moment ago (ESTALE), or is
    /// gone (ENOENT).
    virtual void fail(const std::string& path, int error) = 0;
};

/// Directories nested deeper are not entered: each level holds a descriptor.
constexpr unsigned walk_depth_max = 200;

/// Walks what is beneath `root`, in the order of the paths' bytes: `a`, `a.txt`, `a/b`. No symlink
/// is followed; no path is ever resolved from further up than the directory that was listed.
void walk(int root, Visitor& visitor);

}  // namespace stet::workspace
