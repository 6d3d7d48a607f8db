#pragma once

// Gives a file in a folder another name, and fails with EEXIST where that is taken: renameat2(2) with RENAME_NOREPLACE, which
// Swift does not see. Returns 0, or -1 with errno set; EINVAL where the file system cannot.
int recapi_rename_new(int folder, const char *old_name, const char *new_name);

// Whether an open file is on a file system that no other machine writes to, so that its locks are known to all who do
// (statfs(2)). Returns 0 where that is not certain.
int recapi_is_on_local_file_system(int file);
