// SPDX-License-Identifier: GPL-2.0-or-later
// Rust: a method of a trait on a generic type, and a closure.
use std::io::Write;

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
    std::hint::black_box(done)
}

fn main() {
    // A file writes at once; standard output waits for a newline.
    let file = std::fs::OpenOptions::new().write(true).open("/dev/null");
    let mut connection = Connection { writer: file.unwrap() };
    serve(&mut || connection.reply());
}
