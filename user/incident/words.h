/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of the numbers in an incident: the same words for text and JSON. NULL if a number has
 * no name.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ability.h"
#include "event.h"
#include "incident.h"
#include "stack_frames.h"

/* The contract that each line of JSON names; docs/json.md is about it. */
#define WORD_SCHEMA "sigpath/2"

#define WORD_SIZE 32
#define WORD_FLAGS_MAX 64

/* "write", "sent" */
const char *word_subject(enum ev_subject subject);
const char *word_outcome(enum ev_outcome outcome);
/* "ok", "degraded", "missing" */
const char *word_ability_state(enum ability_state state);
/* "certain", "likely", "unknown" */
const char *word_confidence(enum confidence confidence);
const char *word_origin(enum ev_origin origin);
/* "alive", "exited", "killed"; NULL if it is not known. */
const char *word_end(const struct incident_end *end);
const char *word_disposition(enum ev_disposition disposition);
const char *word_runtime(enum incident_runtime runtime);
/* "docker"; NULL if it is not known. */
const char *word_container_runtime(enum ev_container_runtime runtime);
const char *word_result(enum ev_result result);
const char *word_abi(enum ev_abi abi);
const char *word_object_type(enum ev_object_type type);
/* "SIGPIPE", "SIGRTMIN+3"; "SIG32" and "SIG33" are reserved by the C library. */
const char *word_signal(uint32_t number, char buffer[WORD_SIZE]);
/* How the process at the other end is known: "closed_by_exit", and a phrase for people. */
const char *word_peer_how(enum peer_how how);
const char *word_peer_how_text(enum peer_how how);
/* "peer_died" */
const char *word_link(enum link_what what);
/* "dwarf"; NULL if there is no stack. */
const char *word_stack_method(enum stack_method method);
/* "SI_USER", or of SIGNAL alone: "SEGV_MAPERR". */
const char *word_si_code(uint32_t signal, int code);

/* Sockets. sk_state uses TCP's names in every family that sigpath reads. */
const char *word_state(uint8_t state);
const char *word_family(uint16_t family);
const char *word_socktype(uint16_t sock_type);
const char *word_protocol(uint16_t family, uint16_t protocol);
/* "ECONNRESET", or the number as text. */
const char *word_errno(uint32_t number, char buffer[WORD_SIZE]);
/* LABEL, or NUMBER as text if LABEL is NULL. */
const char *word_or_number(const char *label, uint32_t number, char buffer[WORD_SIZE]);

/* "write" for IORING_OP_WRITE. */
const char *word_uring_op(uint8_t op);
/*
 * The names of the bits of FLAGS. RET_REST has the bits without a name. Returns the number of
 * names.
 */
size_t word_flags(enum ev_flags_kind kind, uint64_t flags, const char *ret_names[WORD_FLAGS_MAX],
		  uint64_t *ret_rest);

/* Why the fd of a call, or the object of the fd, is not known. WHY_NONE: it is known. */
enum missing_reason word_fd_status(enum ev_fd_status status);
enum missing_reason word_object_status(enum ev_object_status status);
