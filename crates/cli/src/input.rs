//! Where receipts and refusals come from: files, the standard input, the arguments themselves.

use std::{
    fs::File,
    io::{self, Read},
};

use wire::envelope;

/// The longest file that is read, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// One text, and where it stood.
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) place: String,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file can't be read.
    #[error("{file} is neither a file that can be read ({error}) nor the text of a receipt or a refusal")]
    File { file: String, error: io::Error },
    /// The standard input can't be read.
    #[error("the standard input can't be read ({0})")]
    Input(io::Error),
    /// A file holds something else.
    #[error("{0} is longer than 1 MiB")]
    TooLong(String),
    /// There is nobody to tell.
    #[error("nothing can be written ({0})")]
    Output(io::Error),
}

/// The texts of an argument.
pub(crate) fn read(number: usize, argument: &str) -> Result<Vec<Text>, Failure> {
    if argument == "-" {
        let content = content(io::stdin().lock()).map_err(Failure::Input)?;
        return lines("the standard input", &content);
    }
    if envelope::kind_of(argument).is_some() {
        return lines(&format!("argument {number}"), argument.as_bytes());
    }
    let content = File::open(argument).and_then(content).map_err(|error| Failure::File {
        file: argument.to_owned(),
        error,
    })?;
    lines(argument, &content)
}

fn content(from: impl Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(LIMIT + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// One text a line; blank lines are none. What is no text is one that nothing can be read from.
fn lines(source: &str, content: &[u8]) -> Result<Vec<Text>, Failure> {
    if content.len() as u64 > LIMIT {
        return Err(Failure::TooLong(source.to_owned()));
    }
    let content = String::from_utf8_lossy(content);
    let lines = content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut texts: Vec<Text> = lines
        .map(|(index, line)| Text {
            text: line.trim().to_owned(),
            place: format!("{source}, line {}", index + 1),
        })
        .collect();
    match &mut texts[..] {
        [] => texts.push(Text {
            text: String::new(),
            place: source.to_owned(),
        }),
        [only] => source.clone_into(&mut only.place),
        [_, _, ..] => {}
    }
    Ok(texts)
}
