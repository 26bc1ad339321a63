//! Where the fields of a message lie, read off borsh's schema of its type.

use borsh::{
    BorshSchema,
    schema::{BorshSchemaContainer, Definition, Fields},
};

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A point of either curve: 33 bytes.
    Point,
    /// A point of secp256k1: 33 bytes.
    Secp256k1Point,
    /// A point that its reader compares and never decodes: 33 bytes.
    UnreadPoint,
    /// A point of Ed25519 that is decoded when it is used: 32 bytes.
    Ed25519Point,
    /// A scalar of secp256k1: 32 bytes, big-endian.
    Scalar,
    /// A scalar of the scheme, in its byte order, that is decoded when it is used: 32 bytes.
    SchemeScalar,
    /// Bytes of which each value is well formed: hashes, salts, ciphertexts.
    Bytes,
    /// A word of 128 bits, of which each value is well formed.
    Word,
    /// A public key of the channel: X25519, 32 bytes.
    Key,
    /// Fields that belong together: a struct, an array, or the whole message.
    Group,
}

/// One field of a message, or a group of them.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// As one writes it in Rust: `transfers.corrections[3][0]`; empty for the whole message.
    pub(crate) path: String,
    /// The path without indices: `transfers.corrections[][]`.
    pub(crate) class: String,
    pub(crate) offset: usize,
    pub(crate) length: usize,
    pub(crate) kind: Kind,
    /// The name of the type.
    pub(crate) declaration: String,
    /// Index and length of each array on the way.
    pub(crate) indices: Vec<(usize, usize)>,
}

impl Field {
    /// The field's bytes in a message.
    pub(crate) fn of<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        &message[self.offset..self.offset + self.length]
    }

    /// Whether this is one of the fields that stand for all of their array: all of a short one, the first and the last of a long one.
    pub(crate) fn stands_for_others(&self) -> bool {
        let stands = |(at, length): &(usize, usize)| *length <= 8 || [0, length - 1].contains(at);
        self.indices.iter().all(stands)
    }

    /// Whether this field is changed: all are where the long tests run.
    pub(crate) fn is_sampled(&self) -> bool {
        crate::is_long() || self.stands_for_others()
    }
}

/// All fields of a type, groups before their parts; the first is the whole.
pub(crate) fn fields_of<M: BorshSchema>() -> Vec<Field> {
    let schema = BorshSchemaContainer::for_type::<M>();
    let mut walk = Walk {
        schema: &schema,
        fields: Vec::new(),
    };
    let place = Place::default();
    walk.visit(schema.declaration(), place, 0);
    walk.fields
}

#[derive(Clone, Default)]
struct Place {
    path: String,
    class: String,
    indices: Vec<(usize, usize)>,
}

impl Place {
    fn named(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self {
            path: format!("{}{dot}{name}", self.path),
            class: format!("{}{dot}{name}", self.class),
            indices: self.indices.clone(),
        }
    }

    fn indexed(&self, index: usize, length: usize) -> Self {
        let mut indices = self.indices.clone();
        indices.push((index, length));
        Self {
            path: format!("{}[{index}]", self.path),
            class: format!("{}[]", self.class),
            indices,
        }
    }
}

struct Walk<'a> {
    schema: &'a BorshSchemaContainer,
    fields: Vec<Field>,
}

impl Walk<'_> {
    /// Adds what begins at `offset`; gives its length. A form of encoding that no message had so far is to be added here.
    fn visit(&mut self, declaration: &str, place: Place, offset: usize) -> usize {
        let at = self.fields.len();
        self.fields.push(Field {
            path: place.path.clone(),
            class: place.class.clone(),
            offset,
            length: 0,
            kind: Kind::Group,
            declaration: declaration.into(),
            indices: place.indices.clone(),
        });
        let (kind, length) = match self.schema.get_definition(declaration) {
            Some(Definition::Primitive(length)) => {
                let kind = match declaration {
                    "Point" => Kind::Point,
                    "Secp256k1Point" => Kind::Secp256k1Point,
                    "UnreadPoint" => Kind::UnreadPoint,
                    "Ed25519Point" => Kind::Ed25519Point,
                    "Scalar" => Kind::Scalar,
                    "SchemeScalar" => Kind::SchemeScalar,
                    "u128" => Kind::Word,
                    other => panic!("what is a {other}?"),
                };
                (kind, usize::from(*length))
            }
            Some(Definition::Sequence {
                length_width: 0,
                length_range,
                elements,
            }) => {
                assert_eq!(
                    length_range.start(),
                    length_range.end(),
                    "{declaration} has no fixed length"
                );
                let count = usize::try_from(*length_range.end()).unwrap();
                if elements == "u8" {
                    (Kind::Bytes, count)
                } else {
                    let parts =
                        |walk: &mut Self, end: usize, index| walk.visit(elements, place.indexed(index, count), end);
                    let end = (0..count).fold(offset, |end, index| end + parts(self, end, index));
                    (Kind::Group, end - offset)
                }
            }
            Some(Definition::Struct { fields }) => {
                let parts: Vec<_> = match fields {
                    Fields::NamedFields(fields) => fields.clone(),
                    Fields::UnnamedFields(fields) => {
                        let numbered = fields.iter().enumerate();
                        numbered.map(|(at, part)| (at.to_string(), part.clone())).collect()
                    }
                    Fields::Empty => Vec::new(),
                };
                let visit = |end, (name, part): &(String, String)| end + self.visit(part, place.named(name), end);
                (Kind::Group, parts.iter().fold(offset, visit) - offset)
            }
            other => panic!("how is {declaration} encoded? {other:?}"),
        };
        self.fields[at].kind = kind;
        self.fields[at].length = length;
        length
    }
}
