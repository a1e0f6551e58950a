/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of --config. It decides what a privileged process writes where, so only root and the
 * caller (the user that starts sigpath) may be able to change it, or to put another in its place.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "config_text.h"

/* A name in a directory that stays the same one. What has the name can be replaced. */
struct config_file {
	const char *path; /* as it was given; for messages */
	int directory;	  /* O_PATH; -1: none */
	char name[NAME_MAX + 1];
	uid_t caller;
};

/* A file that was read. */
struct config {
	struct config_file file;
	struct config_text text;
	struct config_values values;
};

/*
 * Finds PATH, which must outlive RET_CONFIG, and reads it into VALUES. Errors go to ERRORS, all of
 * them. 0; -EINVAL after errors; -ENOMEM. The caller calls config_free().
 */
int config_load(const char *path, const struct config_values *values, struct config_errors *errors,
		struct config **ret_config);
/* The same of bytes that were read later: see config_text_read(), also for whose they are. */
int config_load_bytes(const char *path, char *bytes, size_t size,
		      const struct config_values *values, struct config_errors *errors,
		      struct config **ret_config);
/*
 * Reads what has the name of FILE now, with a NUL behind; the caller frees it. Needs no path, only
 * the directory. 0; -EPERM or -EINVAL with WHY, as it reads after "PATH: "; -errno.
 */
int config_file_read(const struct config_file *file, char **ret_bytes, size_t *ret_size,
		     struct strbuf *why);
/* NULL is allowed. */
void config_free(struct config *config);
