//! As much of HTTP/1.1 as a WebDriver speaks on the loopback: one message a connection.

use std::io::{BufRead, BufReader, Read, Write};

use anyhow::{Context, Result, bail};

/// More than any page's source or screenshot that a driver answers with.
const LONGEST: u64 = 256 * 1024 * 1024;

/// A request or an answer.
pub(crate) struct Message {
    /// The request line or the status line.
    pub(crate) start: String,
    /// The header lines that are passed on.
    pub(crate) headers: Vec<String>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// A POST of JSON.
    pub(crate) fn post(path: &str, body: Vec<u8>) -> Self {
        Self {
            start: format!("POST {path} HTTP/1.1"),
            headers: vec!["Content-Type: application/json".to_owned()],
            body,
        }
    }

    /// Whether this is a request of this method, to a path that fits.
    pub(crate) fn is(&self, method: &str, fits: impl Fn(&str) -> bool) -> bool {
        let mut words = self.start.split_whitespace();
        words.next() == Some(method) && words.next().is_some_and(fits)
    }

    /// Reads one message; nothing if the other side closed instead.
    ///
    /// # Errors
    /// If it is cut off, or longer than a driver's messages are.
    pub(crate) fn read(stream: &mut impl Read) -> Result<Option<Self>> {
        let mut stream = BufReader::new(stream);
        let start = line(&mut stream)?;
        if start.is_empty() {
            return Ok(None);
        }
        let mut message = Self {
            start,
            headers: Vec::new(),
            body: Vec::new(),
        };
        let mut length = None;
        let mut chunked = false;
        loop {
            let header = line(&mut stream)?;
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').context("a header without a colon")?;
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.trim().parse::<u64>().context("a length that is no number")?),
                "transfer-encoding" => chunked = true,
                // Of this connection alone: the next one has another host.
                "connection" | "keep-alive" | "host" => {}
                _ => message.headers.push(header),
            }
        }
        if chunked {
            message.body = chunks(&mut stream)?;
        } else if let Some(length) = length {
            take(&mut stream, length, &mut message.body)?;
        }
        Ok(Some(message))
    }

    /// Writes it, and says that nothing follows.
    ///
    /// # Errors
    /// If the other side is gone.
    pub(crate) fn write(&self, stream: &mut impl Write) -> Result<()> {
        let mut head = format!("{}\r\n", self.start);
        for header in &self.headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        head.push_str(&format!(
            "Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.body.len()
        ));
        stream.write_all(head.as_bytes())?;
        stream.write_all(&self.body)?;
        Ok(stream.flush()?)
    }
}

fn line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    stream.take(64 * 1024).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn take(stream: &mut impl Read, length: u64, body: &mut Vec<u8>) -> Result<()> {
    if length > LONGEST {
        bail!("a message of {length} bytes");
    }
    let count = stream.take(length).read_to_end(body)?;
    if count as u64 != length {
        bail!("a message that was cut off: {count} bytes of {length}");
    }
    Ok(())
}

fn chunks(stream: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = u64::from_str_radix(&line(stream)?, 16).context("a chunk without a length")?;
        take(stream, length, &mut body)?;
        line(stream)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let mut bytes = Vec::new();
        Message::post("/session", b"{}".to_vec()).write(&mut bytes).unwrap();
        let read = Message::read(&mut bytes.as_slice()).unwrap().unwrap();
        assert!(read.is("POST", |path| path == "/session"));
        assert_eq!(read.body, b"{}");
    }

    #[test]
    fn a_chunked_body_is_put_together() {
        let mut bytes =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n".as_bytes();
        let read = Message::read(&mut bytes).unwrap().unwrap();
        assert_eq!(read.body, b"abcd");
        assert!(read.headers.is_empty());
    }

    #[test]
    fn a_message_that_is_cut_off_is_refused() {
        let mut bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".as_bytes();
        assert!(Message::read(&mut bytes).is_err());
    }

    #[test]
    fn a_closed_connection_is_no_message() {
        assert!(Message::read(&mut "".as_bytes()).unwrap().is_none());
    }
}
