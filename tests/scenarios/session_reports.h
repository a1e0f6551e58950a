/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits for the incidents that are still under way when all plays have ended. */
#pragma once

struct session;

/*
 * Waits until sigpath has reported an incident for each fact of the plays that go on: 10 s after
 * SIGINT a slow sigpath gives up the others. If one never comes, the verdict on its play tells.
 */
void session_await_reports(struct session *session);
