/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the numbers of an incident are called: one set of words for text and JSON. NULL where a
 * number has no name.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "incident.h"

#define LABEL_SIZE 32
#define LABEL_FLAGS_MAX 64

const char *label_outcome(enum ev_outcome outcome);
const char *label_origin(enum ev_origin origin);
/* "alive", "exited", "killed"; NULL where it is not known. */
const char *label_end(const struct incident_end *end);
const char *label_disposition(enum ev_disposition disposition);
const char *label_runtime(enum incident_runtime runtime);
const char *label_result(enum ev_result result);
const char *label_abi(enum ev_abi abi);
const char *label_object_type(enum ev_object_type type);
/* "SIGPIPE", "SIGRTMIN+3"; "SIG33" for the two that the C library keeps to itself. */
const char *label_signal(uint32_t number, char buffer[LABEL_SIZE]);
/* "SI_USER", ...: only the codes that any signal can have. */
const char *label_si_code(int code);

/* Sockets. sk_state has TCP's names in every family that sigpath looks into. */
const char *label_state(uint8_t state);
const char *label_family(uint16_t family);
const char *label_socktype(uint16_t sock_type);
const char *label_protocol(uint16_t family, uint16_t protocol);
/* "ECONNRESET", or the number as text. */
const char *label_errno(uint32_t number, char buffer[LABEL_SIZE]);
/* LABEL, or NUMBER as text where it is NULL. */
const char *label_or_number(const char *label, uint32_t number, char buffer[LABEL_SIZE]);

/* "write" for IORING_OP_WRITE. */
const char *label_uring_op(uint8_t op);
/* The names of the bits of FLAGS; what has none stays in RET_REST. Returns the number of names. */
size_t label_flags(enum ev_flags_kind kind, uint64_t flags, const char *ret_names[LABEL_FLAGS_MAX],
		   uint64_t *ret_rest);

/* Why it is not known, as half a sentence. */
const char *label_fd_status(enum ev_fd_status status);
const char *label_object_status(enum ev_object_status status);
