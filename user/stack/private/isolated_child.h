/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the reader starts: this program executed again, with four descriptors. */
#pragma once

/* The numbers at which it finds them. */
#define ISOLATED_SOCKET 3   /* to the tracer */
#define ISOLATED_QUESTION 4 /* memory, read-only */
#define ISOLATED_ANSWER 5   /* memory */
#define ISOLATED_OPENER 6   /* socket */

/* The argument that makes this program the reader. It has no effect without the descriptors. */
#define ISOLATED_ARGUMENT "--stack-reader"
