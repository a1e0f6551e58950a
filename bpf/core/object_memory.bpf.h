/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who closed the read end of a pipe, or a unix socket, and who shut a unix socket down.
 *
 * The kernel uses the memory of pipes and sockets again within a millisecond, so an address is no
 * identity. A note also stores what distinguishes its object from a later one at the same address:
 * for a pipe its inode (of a FIFO also the inode's generation) and how often it was opened for
 * reading; for a unix socket the socket at the other end with its inode. A note of another object
 * does not exist for the incident.
 */
#pragma once

#include "core/closer.bpf.h"

/* Who closes, while the hooks on releases see each close: otherwise an exit is all that is seen. */
__u32 releases_are_watched __weak = 0;
__u32 shutdowns_are_watched __weak = 0;

static __always_inline void pipe_identity(struct object_identity *out, const struct inode *inode)
{
	out->inode = BPF_CORE_READ(inode, i_ino);
	out->other = BPF_CORE_READ(inode, i_sb, s_dev);
	out->opened = BPF_CORE_READ(inode, i_pipe, r_counter);
	out->generation = BPF_CORE_READ(inode, i_generation);
}

/* 0: the socket was not accepted yet, so it has none. */
static __always_inline u64 sock_inode(const struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino);
}

/* SK is the end that is closed. It has no inode any more when the incident comes; its peer has. */
static __always_inline void unix_identity(struct object_identity *out, const struct sock *sk,
					  const struct sock *peer)
{
	out->inode = sock_inode(peer);
	out->other = (u64)peer;
	out->opened = 0;
	out->generation = 0;
}

static __always_inline bool identity_equals(const struct object_identity *a,
					    const struct object_identity *b)
{
	return a->inode == b->inode && a->other == b->other && a->opened == b->opened &&
	       a->generation == b->generation;
}

/* OBJECT: its address. */
static __always_inline void object_closer_note(const void *object,
					       const struct object_identity *identity, u32 flags)
{
	struct object_closer note = { .identity = *identity };
	u64 key = (u64)object;

	closer_fill(&note.closer, flags, bpf_ktime_get_ns());
	bpf_map_update_elem(&object_closers, &key, &note, BPF_ANY);
}

static __always_inline void object_closer_recall(struct scratch *scratch, const void *object,
						 const struct object_identity *identity)
{
	u64 key = (u64)object;
	struct object_closer *note = bpf_map_lookup_elem(&object_closers, &key);

	if (note && !note->open && identity_equals(&note->identity, identity))
		closer_recall(scratch, &scratch->evidence.peer, EV_NUMBER_PEER, &note->closer);
}

/*
 * The current process is exiting with FILE, an end of OBJECT, open in one of its fds. Without hooks
 * on releases this is all that is seen of a close. It is one only if no other process has the file
 * open: when the exit has passed as many fds as the file has references. NOW_NS: the same for all
 * fds of the exit.
 */
static __always_inline void
object_exit_note(const void *object, const struct object_identity *identity, u64 file, u64 now_ns)
{
	struct object_closer note = { .identity = *identity, .file = file };
	u64 key = (u64)object;
	struct object_closer *seen = bpf_map_lookup_elem(&object_closers, &key);
	s64 references = file_references((const void *)file);

	if (seen && seen->file == file && seen->closer.seen.time_ns == now_ns &&
	    seen->closer.seen.pid == bpf_get_current_pid_tgid() >> 32) {
		if (seen->open)
			seen->open--;
		return;
	}
	if (references < 1)
		return;
	note.open = references - 1;
	closer_fill(&note.closer, 0, now_ns);
	note.closer.seen.flags |= EV_CLOSER_EXITED;
	bpf_map_update_elem(&object_closers, &key, &note, BPF_ANY);
}

/* The last close of one end of a pipe. pipe->readers still counts this end. */
static __always_inline void pipe_release_note(const struct inode *inode, const struct file *file)
{
	struct pipe_inode_info *pipe = BPF_CORE_READ(inode, i_pipe);
	struct object_identity identity;

	if (!(BPF_CORE_READ(file, f_mode) & FMODE_READ) || BPF_CORE_READ(pipe, readers) != 1 ||
	    !BPF_CORE_READ(pipe, writers))
		return;
	pipe_identity(&identity, inode);
	object_closer_note(pipe, &identity, 0);
}

/*
 * Both ends are closed now, so nobody can ask any more who closed one of them. The next sockets may
 * have the same addresses, and where the kernel preempts programs, their close may pass the hook
 * unseen.
 */
static __always_inline void unix_forget(const struct sock *sk, const struct sock *peer)
{
	u64 key = (u64)sk;

	bpf_map_delete_elem(&object_closers, &key);
	key = (u64)peer;
	bpf_map_delete_elem(&object_closers, &key);
}

static __always_inline void unix_release_note(const struct sock *sk)
{
	const struct unix_sock *u = (const void *)sk;
	const struct sock *peer = BPF_CORE_READ(u, peer);
	struct object_identity identity;

	if (!peer)
		return;
	if (BPF_CORE_READ(peer, __sk_common.skc_flags) & (1UL << SOCK_DEAD)) {
		unix_forget(sk, peer);
		return;
	}
	unix_identity(&identity, sk, peer);
	/* A connection that waited in the queue of a listener has no socket yet. */
	object_closer_note(sk, &identity,
			   unix_is_collected(sk)	  ? EV_CLOSER_KERNEL
			   : BPF_CORE_READ(sk, sk_socket) ? 0
							  : EV_CLOSER_UNACCEPTED);
}

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

/* shutdown(2) of SK. The socket lives on, so its own inode is its identity. */
static __always_inline void unix_shutdown_note(const struct sock *sk, u32 mode)
{
	struct unix_shutdown note = { .inode = sock_inode(sk), .mode = mode };
	u64 key = (u64)sk;

	closer_fill(&note.closer, EV_CLOSER_SHUTDOWN, bpf_ktime_get_ns());
	bpf_map_update_elem(&unix_shutdowns, &key, &note, BPF_ANY);
}

/* The shutdown of SK that ended its direction MODE. */
static __always_inline void unix_shutdown_recall(struct scratch *scratch, struct ev_closer *out,
						 enum ev_number number, const struct sock *sk,
						 u64 inode, u32 mode)
{
	u64 key = (u64)sk;
	struct unix_shutdown *note = bpf_map_lookup_elem(&unix_shutdowns, &key);

	if (note && inode && note->inode == inode &&
	    (note->mode == mode || note->mode == SHUT_RDWR))
		closer_recall(scratch, out, number, &note->closer);
}

static __always_inline void pipe_recall(struct scratch *scratch, const struct inode *inode)
{
	struct object_identity identity;

	if (scratch->object.pipe.readers)
		return;
	pipe_identity(&identity, inode);
	object_closer_recall(scratch, BPF_CORE_READ(inode, i_pipe), &identity);
}

static __always_inline void unix_recall(struct scratch *scratch)
{
	const struct ev_object *object = &scratch->object;
	struct ev_history *out = &scratch->evidence;
	const struct sock *sk = (const void *)object->sk;
	const struct unix_sock *u = (const void *)sk;
	const struct sock *peer = BPF_CORE_READ(u, peer);
	struct object_identity identity;

	unix_shutdown_recall(scratch, &out->local, EV_NUMBER_LOCAL, sk, object->inode, SHUT_WR);
	if (!(object->unix_.flags & EV_UNIX_PEER_DEAD)) {
		unix_shutdown_recall(scratch, &out->peer_shutdown, EV_NUMBER_PEER_SHUTDOWN, peer,
				     object->unix_.peer_inode, SHUT_RD);
		return;
	}
	unix_identity(&identity, peer, sk);
	object_closer_recall(scratch, peer, &identity);
	/* This end was not accepted yet when the other one was closed. */
	identity.inode = 0;
	if (!out->peer.time_ns && releases_are_watched)
		object_closer_recall(scratch, peer, &identity);
}
