/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of users. */
#pragma once

#include <sys/types.h>

/* 0, or -ENOENT: then users_unknown says of the name why. */
int users_find(const char *name, uid_t *ret_uid);
extern const char users_unknown[];
