//! A file of known answers: JSON whose fields stand in the order they were given in.

use core::fmt::Write;

/// A value of such a file.
pub(super) enum Node {
    Text(String),
    Number(u32),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

pub(super) fn hex(bytes: impl AsRef<[u8]>) -> Node {
    Node::Text(hex::encode(bytes))
}

pub(super) fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

pub(super) fn object<'a>(fields: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    Node::Object(fields.into_iter().map(|(name, node)| (name.to_owned(), node)).collect())
}

/// The whole file of one protocol.
pub(super) fn file(protocol: &str, cases: Vec<Node>) -> String {
    let whole = object([
        ("protocol", text(protocol)),
        ("version", Node::Number(1)),
        (
            "origin",
            text("claimkit's own, made by crates/mpc/tests/vectors; README.md says how this is read"),
        ),
        ("cases", Node::List(cases)),
    ]);
    let mut json = String::new();
    whole.write(&mut json, 0);
    json.push('\n');
    json
}

impl Node {
    fn write(&self, json: &mut String, depth: usize) {
        let line = |json: &mut String, depth: usize| {
            json.push('\n');
            json.extend(core::iter::repeat_n("  ", depth));
        };
        match self {
            // Hex and plain words: nothing in them is escaped.
            Self::Text(text) => write!(json, "\"{text}\"").unwrap(),
            Self::Number(number) => write!(json, "{number}").unwrap(),
            Self::List(nodes) if nodes.is_empty() => json.push_str("[]"),
            Self::List(nodes) => {
                json.push('[');
                for (index, node) in nodes.iter().enumerate() {
                    json.push_str(if index > 0 { "," } else { "" });
                    line(json, depth + 1);
                    node.write(json, depth + 1);
                }
                line(json, depth);
                json.push(']');
            }
            Self::Object(fields) => {
                json.push('{');
                for (index, (name, node)) in fields.iter().enumerate() {
                    json.push_str(if index > 0 { "," } else { "" });
                    line(json, depth + 1);
                    write!(json, "\"{name}\": ").unwrap();
                    node.write(json, depth + 1);
                }
                line(json, depth);
                json.push('}');
            }
        }
    }
}

/// Compares what was made with what is kept, or keeps it from now on.
pub(super) fn compare(name: &str, kept: &str, made: &str) {
    if kept_anew(name, made.as_bytes()) || kept == made {
        return;
    }
    let differs = |(kept, made): &(&str, &str)| kept != made;
    let line = kept.lines().zip(made.lines()).position(|lines| differs(&lines));
    panic!(
        "{name} is not what is made now, from line {:?}",
        line.map(|line| line + 1)
    );
}

/// The same for bytes.
pub(super) fn compare_bytes(name: &str, kept: &[u8], made: &[u8]) {
    assert!(kept_anew(name, made) || kept == made, "{name} is not what is made now");
}

#[cfg(not(target_arch = "wasm32"))]
fn kept_anew(name: &str, made: &[u8]) -> bool {
    let blessed = std::env::var_os("CLAIMKIT_BLESS").is_some();
    if blessed {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
        std::fs::write(folder.join(name), made).unwrap();
    }
    blessed
}

#[cfg(target_arch = "wasm32")]
fn kept_anew(_: &str, _: &[u8]) -> bool {
    false
}
