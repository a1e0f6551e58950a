// SPDX-License-Identifier: GPL-2.0-or-later
//! Writes to its broken standard output: as it is ("write"), by println!() ("print"), with the default
//! action restored ("default"), or in a child process ("child PROGRAM"). Starts after a line of its standard input.
//! If it survives, it exits at the end of its input.

use std::io::{self, Read, Write};
use std::process::Command;

const SIGPIPE: i32 = 13;

extern "C" {
    fn signal(number: i32, action: usize) -> usize;
}

fn wait_for_line() {
    let mut byte = [0];
    while matches!(io::stdin().lock().read(&mut byte), Ok(1)) && byte[0] != b'\n' {}
}

fn write() {
    let mut stdout = io::stdout();
    let _ = stdout.write_all(b"trap\n").and_then(|_| stdout.flush());
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments[1].as_str() {
        "write" => {
            wait_for_line();
            write();
        }
        "print" => {
            wait_for_line();
            println!("trap");
        }
        "default" => {
            wait_for_line();
            unsafe { signal(SIGPIPE, 0) };
            write();
        }
        _ => {
            Command::new(&arguments[2]).status().unwrap();
        }
    }
    wait_for_line();
}
