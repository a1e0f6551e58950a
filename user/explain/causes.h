/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to explain: conditions and sentences of the table in rules.c, by the kind of object. */
#pragma once

#include "rules.h"

#define RCV_DOWN 1 /* sk_shutdown */
#define SEND_DOWN 2
#define BOTH_DOWN 3

/* rules_tcp.c; the conditions are in tcp_evidence.h */
void tcp_tell_listening(const struct incident *incident, struct text *text);
void tcp_tell_shut_down_locally(const struct incident *incident, struct text *text);
void tcp_tell_not_plain(const struct incident *incident, struct text *text);
void tcp_tell_never_connected(const struct incident *incident, struct text *text);
void tcp_tell_connect_undone(const struct incident *incident, struct text *text);
void tcp_tell_disconnected(const struct incident *incident, struct text *text);
void tcp_tell_connect_refused(const struct incident *incident, struct text *text);
void tcp_tell_destroyed(const struct incident *incident, struct text *text);
void tcp_tell_destroyed_probably(const struct incident *incident, struct text *text);
void tcp_tell_timed_out(const struct incident *incident, struct text *text);
void tcp_tell_keepalive_timeout(const struct incident *incident, struct text *text);
void tcp_tell_half_close_reset(const struct incident *incident, struct text *text);
void tcp_tell_reset_after_fin(const struct incident *incident, struct text *text);
void tcp_tell_closed_both_ways(const struct incident *incident, struct text *text);
void tcp_tell_reset_seen(const struct incident *incident, struct text *text);
void tcp_tell_reset(const struct incident *incident, struct text *text);

/* rules_pipe_unix.c */
bool pipe_has_no_reader(const struct incident *incident);
void pipe_tell_reader_closed(const struct incident *incident, struct text *text);
bool unix_is_shut_down_locally(const struct incident *incident);
void unix_tell_shut_down_locally(const struct incident *incident, struct text *text);
bool unix_is_peer_closed(const struct incident *incident);
void unix_tell_peer_closed(const struct incident *incident, struct text *text);
bool unix_is_peer_shut_down(const struct incident *incident);
void unix_tell_peer_shut_down(const struct incident *incident, struct text *text);
bool unix_is_shut_down(const struct incident *incident);
void unix_tell_shut_down(const struct incident *incident, struct text *text);

/* rules_other.c */
bool mptcp_is_shut_down_locally(const struct incident *incident);
void mptcp_tell_shut_down_locally(const struct incident *incident, struct text *text);
bool other_is_ended_by_peer(const struct incident *incident);
void other_tell_ended_by_peer(const struct incident *incident, struct text *text);
bool other_is_shut_down(const struct incident *incident);
void other_tell_shut_down(const struct incident *incident, struct text *text);
bool other_always(const struct incident *incident);
void other_tell_unknown(const struct incident *incident, struct text *text);
/* SCTP_SS_* and vsock reuse TCP's numbers. */
const char *socket_state_name(uint8_t state);
