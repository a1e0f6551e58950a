// SPDX-License-Identifier: GPL-2.0-or-later
#include "file_system.h"

#include <string.h>

#include "units.h"

/*
 * All that are known not to be remote. What is not in the list may be anything. Several types share
 * a number.
 */
static const struct row {
	const char *type;
	uint32_t magic;
	enum file_system kind;
} rows[] = {
	{ "bcachefs", 0xca451a4e, FILE_SYSTEM_LOCAL },
	{ "btrfs", 0x9123683e, FILE_SYSTEM_LOCAL },
	{ "cramfs", 0x28cd3d45, FILE_SYSTEM_LOCAL },
	{ "devtmpfs", 0x01021994, FILE_SYSTEM_LOCAL },
	{ "ecryptfs", 0xf15f, FILE_SYSTEM_LOCAL },
	{ "erofs", 0xe0f5e1e2, FILE_SYSTEM_LOCAL },
	{ "exfat", 0x2011bab0, FILE_SYSTEM_LOCAL },
	{ "ext2", 0xef53, FILE_SYSTEM_LOCAL },
	{ "ext3", 0xef53, FILE_SYSTEM_LOCAL },
	{ "ext4", 0xef53, FILE_SYSTEM_LOCAL },
	{ "f2fs", 0xf2f52010, FILE_SYSTEM_LOCAL },
	{ "hfs", 0x4244, FILE_SYSTEM_LOCAL },
	{ "hfsplus", 0x482b, FILE_SYSTEM_LOCAL },
	{ "hugetlbfs", 0x958458f6, FILE_SYSTEM_LOCAL },
	{ "iso9660", 0x9660, FILE_SYSTEM_LOCAL },
	{ "jffs2", 0x72b6, FILE_SYSTEM_LOCAL },
	{ "jfs", 0x3153464a, FILE_SYSTEM_LOCAL },
	{ "msdos", 0x4d44, FILE_SYSTEM_LOCAL },
	{ "nilfs2", 0x3434, FILE_SYSTEM_LOCAL },
	{ "ntfs", 0x5346544e, FILE_SYSTEM_LOCAL },
	{ "ntfs3", 0x7366746e, FILE_SYSTEM_LOCAL },
	{ "ramfs", 0x858458f6, FILE_SYSTEM_LOCAL },
	{ "reiserfs", 0x52654973, FILE_SYSTEM_LOCAL },
	{ "romfs", 0x7275, FILE_SYSTEM_LOCAL },
	{ "rootfs", 0x858458f6, FILE_SYSTEM_LOCAL },
	{ "squashfs", 0x73717368, FILE_SYSTEM_LOCAL },
	{ "tmpfs", 0x01021994, FILE_SYSTEM_LOCAL },
	{ "ubifs", 0x24051905, FILE_SYSTEM_LOCAL },
	{ "udf", 0x15013346, FILE_SYSTEM_LOCAL },
	{ "vfat", 0x4d44, FILE_SYSTEM_LOCAL },
	{ "xfs", 0x58465342, FILE_SYSTEM_LOCAL },
	{ "zfs", 0x2fc12fc1, FILE_SYSTEM_LOCAL },
	{ "aufs", 0x61756673, FILE_SYSTEM_OVERLAY },
	{ "overlay", 0x794c7630, FILE_SYSTEM_OVERLAY },
	{ "anon_inodefs", 0x09041934, FILE_SYSTEM_PSEUDO },
	{ "binder", 0x6c6f6f70, FILE_SYSTEM_PSEUDO },
	{ "binfmt_misc", 0x42494e4d, FILE_SYSTEM_PSEUDO },
	{ "bpf", 0xcafe4a11, FILE_SYSTEM_PSEUDO },
	{ "cgroup", 0x27e0eb, FILE_SYSTEM_PSEUDO },
	{ "cgroup2", 0x63677270, FILE_SYSTEM_PSEUDO },
	{ "configfs", 0x62656570, FILE_SYSTEM_PSEUDO },
	{ "debugfs", 0x64626720, FILE_SYSTEM_PSEUDO },
	{ "devpts", 0x1cd1, FILE_SYSTEM_PSEUDO },
	{ "efivarfs", 0xde5e81e4, FILE_SYSTEM_PSEUDO },
	{ "functionfs", 0x0a647361, FILE_SYSTEM_PSEUDO },
	{ "fusectl", 0x65735543, FILE_SYSTEM_PSEUDO },
	{ "mqueue", 0x19800202, FILE_SYSTEM_PSEUDO },
	{ "nfsd", 0x6e667364, FILE_SYSTEM_PSEUDO },
	{ "nsfs", 0x6e736673, FILE_SYSTEM_PSEUDO },
	{ "pipefs", 0x50495045, FILE_SYSTEM_PSEUDO },
	{ "proc", 0x9fa0, FILE_SYSTEM_PSEUDO },
	{ "pstore", 0x6165676c, FILE_SYSTEM_PSEUDO },
	{ "resctrl", 0x07655821, FILE_SYSTEM_PSEUDO },
	{ "rpc_pipefs", 0x67596969, FILE_SYSTEM_PSEUDO },
	{ "secretmem", 0x5345434d, FILE_SYSTEM_PSEUDO },
	{ "securityfs", 0x73636673, FILE_SYSTEM_PSEUDO },
	{ "selinuxfs", 0xf97cff8c, FILE_SYSTEM_PSEUDO },
	{ "smackfs", 0x43415d53, FILE_SYSTEM_PSEUDO },
	{ "sockfs", 0x534f434b, FILE_SYSTEM_PSEUDO },
	{ "sysfs", 0x62656572, FILE_SYSTEM_PSEUDO },
	{ "tracefs", 0x74726163, FILE_SYSTEM_PSEUDO },
};

enum file_system file_system_of_magic(uint64_t magic)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].magic == magic)
			return rows[i].kind;
	return FILE_SYSTEM_REMOTE;
}

enum file_system file_system_of_type(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].type, type))
			return rows[i].kind;
	return FILE_SYSTEM_REMOTE;
}
