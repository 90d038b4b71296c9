//! XML-RPC values as `ova.xml` holds them.

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use std::collections::BTreeMap;
use std::io;

/// One value. Integers, references and enumerations are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Bare text.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// A number with a point.
    Double(u32),
    /// The epoch.
    Epoch,
    /// A list.
    List(Vec<Value>),
    /// A map or a record, in this order.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Bare text.
    pub fn text(text: impl ToString) -> Self {
        Value::Text(text.to_string())
    }

    /// A map of texts.
    pub fn map(members: &[(&str, &str)]) -> Self {
        Value::Map(members.iter().map(|(name, text)| ((*name).to_owned(), Value::text(text))).collect())
    }

    /// A member of a map or record.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Map(members) => members.iter().find(|(member, _)| member == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// A member of a map or record, without the rest.
    pub(super) fn into_member(self, name: &str) -> Option<Value> {
        match self {
            Value::Map(members) => {
                members.into_iter().find(|(member, _)| member == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Text, or nothing.
    pub(super) fn as_text(&self) -> &str {
        match self {
            Value::Text(text) => text,
            _ => "",
        }
    }

    /// The texts of a map.
    pub(super) fn as_texts(&self) -> BTreeMap<String, String> {
        match self {
            Value::Map(members) => {
                members.iter().map(|(name, value)| (name.clone(), value.as_text().to_owned())).collect()
            }
            _ => BTreeMap::new(),
        }
    }

    /// The value as one line of XML.
    ///
    /// # Errors
    /// None that a memory buffer has.
    pub fn to_xml(&self) -> io::Result<Vec<u8>> {
        let mut writer = Writer::new(Vec::new());
        self.write(&mut writer)?;
        Ok(writer.into_inner())
    }

    fn write(&self, to: &mut Writer<Vec<u8>>) -> io::Result<()> {
        element(to, "value", |to| match self {
            Value::Text(text) => write_text(to, text),
            Value::Bool(truth) => element(to, "boolean", |to| write_text(to, if *truth { "1" } else { "0" })),
            Value::Double(number) => element(to, "double", |to| write_text(to, &number.to_string())),
            Value::Epoch => element(to, "dateTime.iso8601", |to| write_text(to, "19700101T00:00:00Z")),
            Value::List(list) => element(to, "array", |to| {
                element(to, "data", |to| list.iter().try_for_each(|value| value.write(to)))
            }),
            Value::Map(members) => element(to, "struct", |to| {
                members.iter().try_for_each(|(name, value)| write_member(to, name, value))
            }),
        })
    }
}

fn write_member(to: &mut Writer<Vec<u8>>, name: &str, value: &Value) -> io::Result<()> {
    element(to, "member", |to| {
        element(to, "name", |to| write_text(to, name))?;
        value.write(to)
    })
}

fn element(
    to: &mut Writer<Vec<u8>>,
    name: &str,
    inside: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>,
) -> io::Result<()> {
    to.write_event(Event::Start(BytesStart::new(name)))?;
    inside(to)?;
    to.write_event(Event::End(BytesEnd::new(name)))
}

/// Text without the control characters that XML cannot hold.
fn write_text(to: &mut Writer<Vec<u8>>, text: &str) -> io::Result<()> {
    let kept: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n')).collect();
    to.write_event(Event::Text(BytesText::new(&kept)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_on_one_line_and_escaped() {
        let value = Value::Map(vec![
            ("a".into(), Value::text("<\"&\u{1}x>")),
            ("b".into(), Value::List(vec![Value::Bool(true), Value::text("")])),
            ("c".into(), Value::Map(vec![])),
        ]);
        let xml = String::from_utf8(value.to_xml().unwrap()).unwrap();
        assert_eq!(
            xml,
            "<value><struct><member><name>a</name><value>&lt;&quot;&amp;x&gt;</value></member><member><name>b</name>\
             <value><array><data><value><boolean>1</boolean></value><value></value></data></array></value></member>\
             <member><name>c</name><value><struct></struct></value></member></struct></value>"
        );
    }
}
