// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames that say nothing about a program: those of the interpreter or of the runtime below it, and
 * those that start a process or a thread. A row for each kind.
 */
#include <string.h>

#include "path.h"
#include "stack_frames.h"
#include "text_frames.h"
#include "units.h"

/* The names of a kind. A name that ends with '*' stands for all that begin like it. */
struct fold {
	const char *what;	    /* "9 frames of CPython" */
	const char *const *modules; /* leaves of paths; NULL: all */
	const char *const *symbols; /* NULL: all, and those without a name */
	bool nameless;		    /* frames of these modules without a name, too */
	/* One frame of the C library without a name may come first (__libc_start_call_main). */
	bool after_libc;
	/* Only in this one, whose code that was made at run time and has no name belongs to it. */
	enum incident_runtime runtime;
};

#define LIST(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/* A function that a program calls (write, send, print) is none of these: that one is news. */
static const struct fold folds[] = {
	{ .what = "CPython",
	  .modules = LIST("python2*", "python3*", "python", "libpython*"),
	  .symbols = LIST("_PyEval_*", "PyEval_*", "_PyFunction_*", "_PyObject_*", "PyObject_*",
			  "_PyVectorcall*", "PyVectorcall*", "vectorcall_*", "method_*",
			  "cfunction_*", "_PyCFunction*", "PyCFunction*", "object_vacall",
			  "slot_tp_*", "slot_mp_*", "type_call", "do_call_core", "thread_run",
			  "pythread_wrapper", "builtin_exec*", "call_function",
			  "function_code_fastcall", "partial_*", "gen_*", "PyIter_*", "PyRun_*",
			  "_PyRun_*", "run_mod", "run_eval*", "pyrun_*", "pymain_*", "Py_RunMain",
			  "Py_BytesMain", "Py_Main", "main", "_start"),
	  .nameless = true },
	{ .what = "PyPy", .modules = LIST("libpypy*", "pypy*") },
	{ .what = "V8",
	  .modules = LIST("node", "nodejs", "libnode.so*"),
	  .symbols = LIST("Builtins_*", "v8::*", "node::InternalCallbackScope*",
			  "node::InternalMakeCallback*", "node::MakeCallback*",
			  "node::AsyncWrap::MakeCallback*"),
	  .runtime = RUNTIME_NODE },
	{ .what = "the JVM", .modules = LIST("libjvm.so*"), .runtime = RUNTIME_JVM },
	{ .what = ".NET",
	  .modules = LIST("libcoreclr.so*", "libclrjit.so*", "libhostpolicy.so*", "libhostfxr.so*"),
	  .runtime = RUNTIME_DOTNET },
	{ .what = "Ruby",
	  .modules = LIST("libruby*", "ruby*"),
	  .symbols = LIST("vm_*", "rb_vm_*", "invoke_*", "rb_ec_*", "rb_protect", "rb_ensure*",
			  "rb_rescue*", "rb_yield*", "ruby_*", "rb_call*", "rb_main", "main"),
	  .nameless = true },
	{ .what = "Perl",
	  .modules = LIST("perl*", "libperl*"),
	  .symbols = LIST("Perl_runops*", "perl_run", "main", "_start") },
	{ .what = "Erlang's emulator",
	  .modules = LIST("beam*"),
	  .symbols = LIST("process_main", "sched_thread_func", "thr_wrapper") },
	{ .what = "Go's runtime", .symbols = LIST("runtime.*", "internal/runtime/*") },
	{ .what = "start-up",
	  .symbols = LIST("__libc_start_call_main", "__libc_start_main*", "_start", "__libc_start",
			  "start_thread", "__clone", "clone", "__clone3", "clone3",
			  "_dl_start_user"),
	  .after_libc = true },
};

static bool matches(const char *const *names, const char *name)
{
	for (; *names; names++) {
		size_t length = strlen(*names);

		if ((*names)[length - 1] == '*' ? !strncmp(name, *names, length - 1)
						: !strcmp(name, *names))
			return true;
	}
	return false;
}

static bool is_of(const struct fold *fold, const struct stack_frame *frame,
		  enum incident_runtime runtime)
{
	const char *leaf = path_leaf(frame->module ?: "");

	if (fold->runtime && fold->runtime != runtime)
		return false;
	if (fold->runtime && !frame->symbol && stack_frame_is_made(frame))
		return true;
	if (fold->modules && !matches(fold->modules, leaf))
		return false;
	if (!frame->symbol)
		return fold->nameless || (fold->modules && !fold->symbols);
	return !fold->symbols || matches(fold->symbols, frame->symbol);
}

static size_t count_of(const struct fold *fold, const struct stack *stack, size_t first,
		       enum incident_runtime runtime)
{
	size_t begin = first, end;

	if (fold->after_libc && begin < stack->count && !stack->frames[begin].symbol &&
	    stack_frame_is_libc(&stack->frames[begin]))
		begin++;
	end = begin;
	while (end < stack->count && is_of(fold, &stack->frames[end], runtime))
		end++;
	return end > begin ? end - first : 0;
}

size_t text_fold(const struct stack *stack, size_t first, enum incident_runtime runtime,
		 const char **ret_what)
{
	size_t best = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folds); i++) {
		size_t count = count_of(&folds[i], stack, first, runtime);

		if (count > best) {
			best = count;
			*ret_what = folds[i].what;
		}
	}
	return best > 1 ? best : 0;
}
