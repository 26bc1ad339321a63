//! The line between the two processes: hands on what comes, and says what it sees.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use super::{
    http::{self, Message},
    plan::Event,
    reaper::Reaper,
};

/// How long the line looks for an answer before it looks at the log again.
const GLANCE: Duration = Duration::from_micros(50);

/// Opens a line and gives the address that the client is to call.
pub(super) fn open(reaper: Arc<Reaper>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        // One after the other: what a client that was killed had sent is done with before the next client is heard.
        for stream in listener.incoming().map_while(Result::ok) {
            if reaper.is_over() {
                return;
            }
            let carrying = reaper.carrying();
            carry(&reaper, stream);
            drop(carrying);
        }
    });
    address
}

/// Lets a line notice that its run is over: it waits for a caller.
pub(super) fn close(address: SocketAddr) {
    let _ = TcpStream::connect(address);
}

/// Carries one request and its answer. What was sent arrives, whoever has died meanwhile; a co-signer that was killed at its work is
/// not heard, however quick it was.
fn carry(reaper: &Reaper, mut client: TcpStream) -> Option<()> {
    let _ = client.set_nodelay(true);
    let request = Message::read(&mut client)?;
    let about = request.path().to_owned();
    reaper.pass(Event::Sent, &about);
    let mut service = http::connect(reaper.address()?)?;
    let length = reaper.files.log_length();
    request.write(&mut service)?;
    reaper.pass(Event::Heard, &about).then_some(())?;
    if reaper.is_next(Event::Works) {
        watch(reaper, length, &service);
    }
    reaper.pass(Event::Works, &about).then_some(())?;
    let answer = Message::read(&mut service)?;
    reaper.pass(Event::Answered, &about);
    answer.write(&mut client)
}

/// Waits until the co-signer's log changes, or there is an answer.
fn watch(reaper: &Reaper, length: u64, service: &TcpStream) {
    let patience = service.read_timeout().unwrap_or_default();
    let _ = service.set_read_timeout(Some(GLANCE));
    let silent = |error: &std::io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    while reaper.files.log_length() == length && service.peek(&mut [0]).as_ref().is_err_and(silent) {}
    let _ = service.set_read_timeout(patience);
}
