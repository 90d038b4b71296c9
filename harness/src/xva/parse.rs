//! XML-RPC values as they are read: by xapi, Xen Orchestra and others, with or without the names of simple types.

use super::value::Value;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// How deep values lie in each other at most.
const MAX_DEPTH: u32 = 32;

/// Parses one value.
///
/// # Errors
/// One line: what is wrong with the text.
pub(super) fn parse(xml: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(xml).map_err(|_| "it is not UTF-8")?;
    // Padding of the tar record that some writers count as text.
    let mut reader = Reader::from_str(text.trim_end_matches('\0'));
    reader.config_mut().expand_empty_elements = true;
    let mut parser = Parser { reader, text: String::new() };
    parser.open("value")?;
    let value = parser.value(0)?;
    match parser.token()? {
        Token::End => Ok(value),
        _ => Err("something follows the value".into()),
    }
}

/// What comes next, after text.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Open(String),
    Close,
    End,
}

struct Parser<'a> {
    reader: Reader<&'a [u8]>,
    /// The text before the last token.
    text: String,
}

impl Parser<'_> {
    fn token(&mut self) -> Result<Token, String> {
        self.text.clear();
        loop {
            match self.reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(start) => {
                    return Ok(Token::Open(start.name().as_ref().to_owned()));
                }
                // The reader knows that the names of both ends agree.
                Event::End(_) => return Ok(Token::Close),
                Event::Eof => return Ok(Token::End),
                Event::Text(text) => self.text.push_str(&text.xml10_content()),
                Event::CData(text) => self.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => self.text.push_str(&resolved(&reference)?),
                Event::DocType(_) => return Err("a document type has no place in it".into()),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    fn open(&mut self, name: &str) -> Result<(), String> {
        match self.token()? {
            Token::Open(found) if found == name => Ok(()),
            found => Err(format!("expected <{name}>, found {}", shown(&found))),
        }
    }

    fn close(&mut self) -> Result<(), String> {
        match self.token()? {
            Token::Close => Ok(()),
            found => Err(format!("expected the end of an element, found {}", shown(&found))),
        }
    }

    /// Text up to the end of its element.
    fn characters(&mut self) -> Result<String, String> {
        self.close()?;
        Ok(std::mem::take(&mut self.text))
    }

    /// A value whose element is open, up to its end.
    fn value(&mut self, depth: u32) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("values lie more than {MAX_DEPTH} deep in each other"));
        }
        let kind = match self.token()? {
            Token::Close => return Ok(Value::Text(std::mem::take(&mut self.text))),
            Token::Open(kind) => kind,
            Token::End => return Err("it ends in a value".into()),
        };
        let value = match kind.as_str() {
            "struct" => self.members(depth)?,
            "array" => self.list(depth)?,
            "boolean" => Value::Bool(self.characters()?.trim() == "1"),
            "string" | "int" | "i4" | "i8" | "double" | "dateTime.iso8601" => Value::Text(self.characters()?),
            other => return Err(format!("a value of the unknown kind <{other}>")),
        };
        self.close()?;
        Ok(value)
    }

    fn members(&mut self, depth: u32) -> Result<Value, String> {
        let mut members = Vec::new();
        loop {
            match self.token()? {
                Token::Close => return Ok(Value::Map(members)),
                Token::Open(name) if name == "member" => {
                    self.open("name")?;
                    let name = self.characters()?;
                    self.open("value")?;
                    members.push((name, self.value(depth + 1)?));
                    self.close()?;
                }
                found => return Err(format!("expected <member>, found {}", shown(&found))),
            }
        }
    }

    fn list(&mut self, depth: u32) -> Result<Value, String> {
        let mut list = Vec::new();
        self.open("data")?;
        loop {
            match self.token()? {
                Token::Close => break,
                Token::Open(name) if name == "value" => list.push(self.value(depth + 1)?),
                found => return Err(format!("expected <value>, found {}", shown(&found))),
            }
        }
        self.close()?;
        Ok(Value::List(list))
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Open(name) => format!("<{name}>"),
        Token::Close => "the end of an element".into(),
        Token::End => "the end of the text".into(),
    }
}

fn resolved(reference: &BytesRef) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.into());
    }
    let name = reference.xml10_content();
    match resolve_predefined_entity(&name) {
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("the unknown entity &{name};")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let value = Value::Map(vec![
            ("a".into(), Value::text("<\"&x> \u{e9}\n")),
            ("b".into(), Value::List(vec![Value::Bool(true), Value::text("")])),
            ("c".into(), Value::Map(vec![])),
        ]);
        assert_eq!(parse(&value.to_xml().unwrap()), Ok(value));
    }

    #[test]
    fn other_writers_forms_are_understood() {
        let xml = "<?xml version=\"1.0\"?>\n<value>\n <struct><member><name>a</name> <value><int>5</int></value></member>
            <member><name>b</name><value/></member><member><name>c</name><value><array><data/></array></value></member>
            <member><name>d</name><value><string>x&#65;&apos;</string></value></member></struct>\n</value>\n";
        let expected = Value::Map(vec![
            ("a".into(), Value::text(5)),
            ("b".into(), Value::text("")),
            ("c".into(), Value::List(vec![])),
            ("d".into(), Value::text("xA'")),
        ]);
        assert_eq!(parse(xml.as_bytes()), Ok(expected));
    }

    #[test]
    fn bombs_and_foreign_documents_are_refused() {
        let deep = format!("{}{}", "<value><array><data>".repeat(100_000), "x");
        assert!(parse(deep.as_bytes()).unwrap_err().contains("more than 32 deep"));
        let entities = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><value>&a;</value>";
        assert!(parse(entities.as_bytes()).unwrap_err().contains("document type"));
        assert!(parse(b"<appliance version=\"0.1\"/>").unwrap_err().contains("expected <value>"));
        assert!(parse(b"<value><struct></value>").is_err());
        assert!(parse(b"<value>").unwrap_err().contains("ends in a value"));
    }
}
