// SPDX-License-Identifier: GPL-2.0-or-later

//! Sends events to a peer on its own thread, and connects again when the peer has closed.
//!
//! Its author never saw SIGPIPE, because the start-up code of every Rust program ignores it. A library
//! in a program of another language has no such start-up code.

use std::ffi::CStr;
use std::io::{self, IoSlice, Write};
use std::net::TcpStream;
use std::os::raw::{c_char, c_int};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Mutex;
use std::thread;

extern "C" {
    fn signal(number: c_int, handler: usize) -> usize;
}
const SIGPIPE: c_int = 13;
const SIG_IGN: usize = 1;

static EVENTS: Mutex<Option<Sender<Vec<u8>>>> = Mutex::new(None);

/// writev() has no flags. std's write() calls send() with MSG_NOSIGNAL.
#[inline(never)]
fn send_event(mut peer: &TcpStream, event: &[u8], one_buffer: bool) -> io::Result<()> {
    let source = b"gateway: ";
    if one_buffer {
        peer.write_all(&[source, event].concat())
    } else {
        peer.write_vectored(&[IoSlice::new(source), IoSlice::new(event)]).map(|_| ())
    }
}

fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).expect("the peer")
}

fn run(port: u16, events: Receiver<Vec<u8>>, one_buffer: bool) {
    let mut peer = connect(port);
    for event in events {
        if let Err(error) = send_event(&peer, &event, one_buffer) {
            eprintln!("{error}, connecting again");
            peer = connect(port);
            send_event(&peer, &event, one_buffer).expect("the new peer");
        }
    }
}

fn bytes(text: *const c_char) -> Vec<u8> {
    unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
}

#[no_mangle]
pub extern "C" fn uplink_start(port: u16, fix: *const c_char) {
    let fix = bytes(fix);
    if fix == b"ignore" {
        unsafe { signal(SIGPIPE, SIG_IGN) };
    }
    let (sender, receiver) = channel();
    *EVENTS.lock().unwrap() = Some(sender);
    thread::Builder::new()
        .name("uplink".into())
        .spawn(move || run(port, receiver, fix == b"nosignal"))
        .expect("a thread");
}

#[no_mangle]
pub extern "C" fn uplink_send(event: *const c_char) {
    let events = EVENTS.lock().unwrap();
    events.as_ref().expect("uplink_start()").send(bytes(event)).expect("the thread");
}
