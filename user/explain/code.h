/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to explain: what the names in the stack and of the handler say about the code that wrote.
 */
#pragma once

#include <stdbool.h>

#include "incident.h"

/* The process runs on RUNTIME ("go"). */
bool code_runs_on(const struct incident *incident, const char *runtime);
/* The call was made by Go's own code. */
bool code_is_go(const struct incident *incident);
/* The stack has frames, and the call was made by something else than Go's own code. */
bool code_is_not_go(const struct incident *incident);
/* The library between the call and the program that can write by write() alone; NULL: none. */
const char *code_find_tls_library(const struct incident *incident);
/* Whose the handler is: static, "the Go runtime's"; NULL where nothing tells. */
const char *code_find_handler_owner(const struct incident *incident);
