/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal whose key or hang-up sent the signal: the controlling terminal of the process. A
 * hang-up takes it from the session before it sends SIGHUP to the session's leader. Then it is
 * found through the standard streams of the leader: the terminal still knows its session.
 */
#pragma once

#include "core/object.bpf.h"
#include "core/sender.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct tty_driver {
	int major;
	int minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
	char name[64];
};

/* 5.16 moved both into a struct. */
struct tty_struct___flat {
	struct pid *pgrp;
	struct pid *session;
};

struct tty_struct___ctrl {
	struct {
		struct pid *pgrp;
		struct pid *session;
	} ctrl;
};

struct tty_file_private {
	struct tty_struct *tty;
};

struct signal_struct___tty {
	struct tty_struct *tty;
};

#pragma clang attribute pop

static __always_inline const struct pid *terminal_session(const struct tty_struct *tty)
{
	const struct tty_struct___ctrl *new = (const void *)tty;
	const struct tty_struct___flat *old = (const void *)tty;

	if (bpf_core_field_exists(new->ctrl.session))
		return BPF_CORE_READ(new, ctrl.session);
	if (bpf_core_field_exists(old->session))
		return BPF_CORE_READ(old, session);
	return NULL;
}

static __always_inline const struct pid *terminal_foreground(const struct tty_struct *tty)
{
	const struct tty_struct___ctrl *new = (const void *)tty;
	const struct tty_struct___flat *old = (const void *)tty;

	if (bpf_core_field_exists(new->ctrl.pgrp))
		return BPF_CORE_READ(new, ctrl.pgrp);
	if (bpf_core_field_exists(old->pgrp))
		return BPF_CORE_READ(old, pgrp);
	return NULL;
}

/* The terminal behind FD, if SESSION is its session. No other character device has that pointer. */
static __always_inline struct tty_struct *terminal_at(struct task_struct *task, u32 fd,
						      const struct pid *session)
{
	struct file *file = fd_to_file(task, fd);
	const struct tty_file_private *private;
	struct tty_struct *tty;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFCHR)
		return NULL;
	private = BPF_CORE_READ(file, private_data);
	tty = BPF_CORE_READ(private, tty);
	return session && terminal_session(tty) == session ? tty : NULL;
}

static __always_inline struct tty_struct *terminal_find(struct task_struct *task)
{
	const struct signal_struct___tty *group = (const void *)BPF_CORE_READ(task, signal);
	const struct pid *session = BPF_CORE_READ(task, signal, pids[PIDTYPE_SID]);
	struct tty_struct *tty = BPF_CORE_READ(group, tty);

	for (u32 fd = 0; fd <= 2 && !tty; fd++)
		tty = terminal_at(task, fd, session);
	return tty;
}

static __always_inline void terminal_fill(struct ev_terminal *out, struct task_struct *task,
					  struct tty_struct *tty)
{
	const struct pid *session = BPF_CORE_READ(task, signal, pids[PIDTYPE_SID]);
	const struct pid *foreground = terminal_foreground(tty);

	__builtin_memset(out, 0, sizeof(*out));
	out->flags = EV_TERMINAL_HAVE;
	if (session == BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]))
		out->flags |= EV_TERMINAL_LEADER;
	if (foreground && foreground == BPF_CORE_READ(task, signal, pids[PIDTYPE_PGID]))
		out->flags |= EV_TERMINAL_FOREGROUND;
	/* tty_devnum() */
	out->dev = (u32)BPF_CORE_READ(tty, driver, major) << 20;
	out->dev |= (u32)(BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index));
	out->session = BPF_CORE_READ(pid_number_at(session, 0), nr);
	if (foreground)
		out->foreground = BPF_CORE_READ(pid_number_at(foreground, 0), nr);
	bpf_core_read_str(out->name, sizeof(out->name), &tty->name);
}

/* The block of the terminal, if that has sent the signal. */
static __always_inline void terminal_capture(struct scratch *scratch, struct task_struct *task)
{
	struct tty_struct *tty;

	if (AGAIN(scratch->signal.place) != EV_PLACE_TERMINAL ||
	    !bpf_core_field_exists(struct tty_struct, name))
		return;
	tty = terminal_find(task);
	if (!tty)
		return;
	terminal_fill(&scratch->terminal, task, tty);
	block_have(scratch, EV_BLOCK_TERMINAL, terminal);
}
