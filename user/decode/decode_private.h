/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of this stage only. */
#pragma once

#include "decode.h"

/* A record whose fixed part is known to be there. */
struct record_view {
	const struct ev_session *session;
	const struct ev_incident *fixed;
	const unsigned char *bytes;
	size_t size;
};

/* The bytes of SPAN, which may be empty. 0 or -EBADMSG if they are not inside the variable part. */
int span_bytes(const struct record_view *view, const struct ev_span *span,
	       const unsigned char **ret_bytes, size_t *ret_size);
/* Components from leaf to root, NUL-terminated, as a path from the root. 0 or -EBADMSG. */
int span_path(const struct record_view *view, const struct ev_span *span,
	      struct incident_path *path);

/* Whom a hook has seen closing the other end (object.c). */
void peer_decode(struct incident *incident, const struct ev_closer *closer);
/* The object block (object.c). 0 or -EBADMSG. */
int object_decode(const struct record_view *view, struct incident *incident);
/* Notes what of a tcp connection's past no hook has seen (history.c). */
void history_note_missing(struct incident *incident);

/* The name of a system call, static, or NULL (names.c). */
const char *syscall_name(enum ev_abi abi, uint32_t number);
