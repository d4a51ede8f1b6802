#pragma once

#include "tools/arguments.hpp"

namespace stet {

// One function a command, each in its own file. They return the exit code: 0 done, confirmed, same;
// 1 refuted, diverged, different; 2 trouble; 3 unverifiable. They throw Trouble.

int run_command(const RunArguments& arguments);
int mcp_command(const McpArguments& arguments);
int ls_command(const LsArguments& arguments);
int show_command(const ShowArguments& arguments);
int events_command(const EventsArguments& arguments);
int diff_command(const DiffArguments& arguments);
int fsck_command(const FsckArguments& arguments);
int replay_command(const ReplayArguments& arguments);
int check_command(const CheckArguments& arguments);
int import_command(const ImportArguments& arguments);
int export_command(const ExportArguments& arguments);
int world_command(const WorldArguments& arguments);
int doctor_command(const DoctorArguments& arguments);

}  // namespace stet
