//! HTTP/1.1, as much of it as the drill's two parties speak: one request a connection, each body with its length.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// How long a party that says nothing is listened to.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest head that is read, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// One request or answer, whole.
#[derive(Clone, Debug)]
pub(super) struct Message {
    head: String,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// A request, without body where that is not given.
    pub(super) fn request(
        path: &str,
        content_type: &str,
        headers: &[(&'static str, String)],
        body: Option<&[u8]>,
    ) -> Self {
        let method = if body.is_some() { "POST" } else { "GET" };
        let body = body.unwrap_or_default().to_vec();
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\
             content-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        Self { head, body }
    }

    /// Reads one; nothing, if the connection ends before it does.
    pub(super) fn read(stream: &mut impl Read) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            head.extend(byte);
            if head.len() > HEAD_LIMIT {
                return None;
            }
        }
        let mut message = Self {
            head: String::from_utf8(head).ok()?,
            body: Vec::new(),
        };
        let length = message
            .header("content-length")
            .map_or(Some(0), |value| value.parse().ok())?;
        message.body = vec![0; length];
        stream.read_exact(&mut message.body).ok()?;
        Some(message)
    }

    /// Writes it; a peer that is gone hears nothing.
    pub(super) fn write(&self, stream: &mut impl Write) -> Option<()> {
        stream.write_all(&[self.head.as_bytes(), &self.body].concat()).ok()?;
        stream.flush().ok()
    }

    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut values = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    }

    /// A request's path.
    pub(super) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// An answer's status.
    pub(super) fn status(&self) -> Option<u16> {
        self.head.split(' ').nth(1)?.parse().ok()
    }
}

/// Connects to a party of this machine, with patience for its answer.
pub(super) fn connect(address: SocketAddr) -> Option<TcpStream> {
    let stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_nodelay(true).ok()?;
    Some(stream)
}

/// Sends a request on a connection of its own and gives the answer, if a whole one came.
pub(super) fn exchange(address: SocketAddr, request: &Message) -> Option<Message> {
    let mut stream = connect(address)?;
    request.write(&mut stream)?;
    Message::read(&mut stream)
}
