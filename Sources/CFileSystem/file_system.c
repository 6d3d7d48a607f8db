#define _GNU_SOURCE
#include "file_system.h"

#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>

// In no header of Debian's.
#define ZFS_SUPER_MAGIC 0x2FC12FC1

int recapi_rename_new(int folder, const char *old_name, const char *new_name) {
    return renameat2(folder, old_name, folder, new_name, RENAME_NOREPLACE);
}

int recapi_is_on_local_file_system(int file) {
    struct statfs status;
    if (fstatfs(file, &status) != 0) return 0;
    switch ((unsigned long)status.f_type) {
        case EXT4_SUPER_MAGIC:
        case XFS_SUPER_MAGIC:
        case BTRFS_SUPER_MAGIC:
        case F2FS_SUPER_MAGIC:
        case ZFS_SUPER_MAGIC:
        case TMPFS_MAGIC:
        case RAMFS_MAGIC:
        case OVERLAYFS_SUPER_MAGIC: return 1;
        default: return 0;
    }
}
