/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions about a TCP socket, answered with yes or no. The object of the incident must be a TCP
 * socket. The letters are the rows of the table in docs/causes.md. "surely" is the same condition
 * if nothing else leaves this state.
 */
#pragma once

#include "incident.h"

bool tcp_is_in(const struct incident *incident, uint8_t state);

/* --- what hooks saw --- */

bool tcp_saw_reset(const struct incident *incident);
/* The connection ended while the hooks were attached, and not by a RST. */
bool tcp_saw_end_without_reset(const struct incident *incident);
/* The peer acknowledged data after its FIN, which an end that is closed does not do. */
bool tcp_saw_ack_after_fin(const struct incident *incident);
/* This end sent data after the peer's FIN. */
bool tcp_saw_write_after_fin(const struct incident *incident);
/* When a hook saw the connection end, CLOCK_MONOTONIC; 0: it did not. */
uint64_t tcp_end_ns(const struct incident *incident);
/* The errno that ended the connection; 0: not known. */
uint32_t tcp_end_error(const struct incident *incident);
/* True if a timer or ICMP causes this error. */
bool tcp_gave_up(const struct incident *incident);

/* --- the rows --- */

bool tcp_is_listening(const struct incident *incident);		/* L */
bool tcp_is_shut_down_locally(const struct incident *incident); /* A */
bool tcp_is_open(const struct incident *incident);		/* M */
bool tcp_is_never_connected(const struct incident *incident);	/* H */
bool tcp_is_connect_undone(const struct incident *incident);	/* I */
bool tcp_has_no_peer(const struct incident *incident);		/* J */
bool tcp_is_connect_refused(const struct incident *incident);	/* G */
bool tcp_is_destroyed(const struct incident *incident);		/* K */
bool tcp_is_told_destroyed(const struct incident *incident);
bool tcp_is_destroyed_probably(const struct incident *incident);
bool tcp_is_timed_out(const struct incident *incident); /* E */
bool tcp_is_timed_out_surely(const struct incident *incident);
bool tcp_is_keepalive_timeout(const struct incident *incident); /* F */
bool tcp_is_keepalive_timeout_surely(const struct incident *incident);
bool tcp_is_reset_after_fin(const struct incident *incident); /* B */
bool tcp_is_reset_after_fin_surely(const struct incident *incident);
bool tcp_is_reset_seen_after_fin(const struct incident *incident);
bool tcp_is_reset_unprovoked(const struct incident *incident);
bool tcp_is_half_close_reset(const struct incident *incident);
bool tcp_is_half_close_reset_surely(const struct incident *incident);
bool tcp_is_closed_both_ways(const struct incident *incident); /* C */
bool tcp_is_reset(const struct incident *incident);	       /* D */
bool tcp_is_reset_seen(const struct incident *incident);

/* --- numbers --- */

bool tcp_has_unacked(const struct incident *incident);
/* Bytes without an ACK, our own FIN not counted. */
uint32_t tcp_unacked_data(const struct incident *incident);
/*
 * The time from the last data sent, or received, to the incident. lsndtime and lrcvtime count in
 * ticks. If another event limits the time more exactly, that one is used. 0: not known.
 */
uint64_t tcp_last_write_ago_ns(const struct incident *incident);
uint64_t tcp_last_receive_ago_ns(const struct incident *incident);
