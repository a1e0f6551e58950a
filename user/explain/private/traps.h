/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Behaviour that surprises people, each as a question about the evidence in one incident. Notes,
 * advice and the sentence about the disposition all use these answers.
 */
#pragma once

#include <stdbool.h>

#include "incident.h"

/* The signal kills the process: the kernel's decision shows it, or sigpath saw it later. */
bool trap_dies(const struct incident *incident);
/* The handler is that of Go's runtime. */
bool trap_is_go_handler(const struct incident *incident);
/* The handler is that of the Java virtual machine. */
bool trap_is_jvm_handler(const struct incident *incident);
/* The handler is Ruby's. */
bool trap_is_ruby_handler(const struct incident *incident);
/* Rust's println!() made the write, or the process ended by a panic. */
bool trap_is_rust_panic(const struct incident *incident);
/* Go's own write to fd 1 or 2. */
bool trap_is_go_standard_output(const struct incident *incident);
/* Go's own code made the call. */
bool trap_is_go_write(const struct incident *incident);
/* Go's own code wrote to another fd than 1 and 2, and lives. */
bool trap_is_go_socket(const struct incident *incident);
/* A write under Go's handler on a thread that Go did not create. */
bool trap_is_go_foreign_thread(const struct incident *incident);
/* A handler ran, and then the process raised the signal again, which killed it. */
bool trap_is_raised(const struct incident *incident);
/* The process sent the signal to itself, and no earlier incident is known that it belongs to. */
bool trap_is_own_signal(const struct incident *incident);
/* Blocked here, and not in every other thread. */
bool trap_is_blocked_here_only(const struct incident *incident);
/* A write to a socket by a library whose call takes no flags. */
bool trap_is_openssl(const struct incident *incident);
bool trap_is_stdio(const struct incident *incident);
/* The main process of a systemd service dies of the signal. */
bool trap_is_service_death(const struct incident *incident);
/* Standard output or error that went to systemd's journal. */
bool trap_is_journal(const struct incident *incident);
/* The parent ignores the signal, and so does this process, for no other known reason. */
bool trap_is_inherited_ignore(const struct incident *incident);
/* The parent ignores the signal, this process does not, and no runtime that ignores it is here. */
bool trap_is_restored_default(const struct incident *incident);
/* A runtime that ignores SIGPIPE before the program starts, and still does or no longer does. */
bool trap_is_runtime_ignore(const struct incident *incident, enum incident_runtime runtime);
bool trap_is_runtime_undone(const struct incident *incident, enum incident_runtime runtime);
