/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures of signals that a process sent. */
#pragma once

#include "capture_builder.h"

/* SIGTERM, by a process of which nothing more is known. */
void make_sent(struct builder *builder, FILE *file);
/* By systemd after a signal that was ignored; by a command that somebody's shell started. */
void make_stopped(struct builder *builder, FILE *file);
