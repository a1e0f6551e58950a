/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaders of a session with a terminal. */
#pragma once

/* Its terminal hangs up, and it dies. */
void run_hung_up(void);
/* It exits, and sends itself SIGHUP by that, when no signal can end it any more. */
void run_leader_exits(void);
