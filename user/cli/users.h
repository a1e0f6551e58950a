/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of users, and their groups. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define USERS_GROUPS_MAX 256

/* A user, as who a process can run. */
struct users_identity {
	uid_t uid;
	gid_t gid;
	size_t group_count;
	gid_t groups[USERS_GROUPS_MAX]; /* with GID */
};

/* 0, or -ENOENT: then users_unknown says of the name why. */
int users_find(const char *name, uid_t *ret_uid);
extern const char users_unknown[];
/* Which names of users and hosts this program does not know, wherever it runs; NULL: none. */
extern const char *const users_lost;

/*
 * The groups of user UID. One whom nobody knows has the group of the same number. 0, or -E2BIG if
 * there are too many groups.
 */
int users_identify(uid_t uid, struct users_identity *ret_identity);
