// SPDX-License-Identifier: GPL-2.0-or-later
// Rust: a method of a trait on a generic type, and a closure. std ignores SIGPIPE before main. With an
// argument this program restores the default action.
use std::io::{Read, Write};
use std::os::unix::io::FromRawFd;

extern "C" {
    fn signal(number: i32, action: usize) -> usize;
}

const SIGPIPE: i32 = 13;
const SIG_DFL: usize = 0;

trait Reply {
    fn reply(&mut self) -> bool;
}

struct Connection<W: Write> {
    writer: W,
}

impl<W: Write> Reply for Connection<W> {
    #[inline(never)]
    fn reply(&mut self) -> bool {
        self.writer.write_all(b"stack-marker\0").is_ok()
    }
}

#[inline(never)]
fn serve(action: &mut dyn FnMut() -> bool) -> bool {
    let done = action();
    // Not a tail call, also for compilers without black_box.
    unsafe { std::ptr::read_volatile(&done) }
}

// Like gate.c: a test can act before and after the write.
fn wait_for_input() {
    let _ = std::io::stdin().read(&mut [0; 1]);
}

fn main() {
    if std::env::args().count() > 1 {
        unsafe { signal(SIGPIPE, SIG_DFL) };
    }
    wait_for_input();
    // A file writes at once; standard output waits for a newline.
    let file = unsafe { std::fs::File::from_raw_fd(1) };
    let mut connection = Connection { writer: file };
    serve(&mut || connection.reply());
    wait_for_input();
}
