//! Writes one decoded message as a JSON object, field by field, without building it first.

use std::fmt::{self, Display, Write};

/// Writes the fields of one message into a line of JSON. Fields come out in the order they are written. A name is
/// written once; the reader of the line decides what it needs.
#[derive(Debug)]
pub struct MessageWriter<'a> {
    out: &'a mut String,
    open: bool,
}

impl<'a> MessageWriter<'a> {
    /// Continues an object whose opening brace and first field are in `out`; closes it when dropped.
    pub fn new(out: &'a mut String) -> Self {
        Self { out, open: true }
    }

    fn name(&mut self, name: &str) {
        self.out.push(',');
        escape(self.out, name);
        self.out.push(':');
    }

    /// A number.
    pub fn num(&mut self, name: &str, value: impl Into<i128>) -> &mut Self {
        self.name(name);
        let _ = write!(self.out, "{}", value.into());
        self
    }

    /// A number that may be absent; nothing is written then.
    pub fn opt(&mut self, name: &str, value: Option<impl Into<i128>>) -> &mut Self {
        if let Some(value) = value {
            self.num(name, value);
        }
        self
    }

    /// A floating point number; what JSON cannot say (infinite, not a number) is `null`.
    pub fn float(&mut self, name: &str, value: f64) -> &mut Self {
        self.name(name);
        push_float(self.out, value);
        self
    }

    /// Text.
    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name);
        escape(self.out, value);
        self
    }

    /// Anything that shows as text.
    pub fn show(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.name(name);
        escape_display(self.out, value);
        self
    }

    /// Yes or no.
    pub fn flag(&mut self, name: &str, value: bool) -> &mut Self {
        self.name(name);
        self.out.push_str(if value { "true" } else { "false" });
        self
    }

    /// Bytes as lower-case hexadecimal text.
    pub fn hex(&mut self, name: &str, bytes: &[u8]) -> &mut Self {
        self.name(name);
        self.out.push('"');
        for byte in bytes {
            let _ = write!(self.out, "{byte:02x}");
        }
        self.out.push('"');
        self
    }

    /// A list of texts.
    pub fn texts<T: Display>(&mut self, name: &str, values: impl IntoIterator<Item = T>) -> &mut Self {
        self.list(name, values, |out, value| escape_display(out, value))
    }

    /// A list of numbers.
    pub fn nums<T: Into<i128>>(&mut self, name: &str, values: impl IntoIterator<Item = T>) -> &mut Self {
        self.list(name, values, |out, value| {
            let _ = write!(out, "{}", value.into());
        })
    }

    /// A list of floating point numbers.
    pub fn floats(&mut self, name: &str, values: impl IntoIterator<Item = f64>) -> &mut Self {
        self.list(name, values, push_float)
    }

    /// A list whose items are objects: `each` writes the fields of one.
    pub fn objects<T>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut MessageWriter<'_>, T),
    ) -> &mut Self {
        self.list(name, values, |out, value| {
            let mut inner = String::new();
            let mut writer = MessageWriter { out: &mut inner, open: false };
            each(&mut writer, value);
            drop(writer);
            out.push('{');
            out.push_str(inner.strip_prefix(',').unwrap_or(&inner));
            out.push('}');
        })
    }

    fn list<T>(&mut self, name: &str, values: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut String, T)) -> &mut Self {
        self.name(name);
        self.out.push('[');
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            each(self.out, value);
        }
        self.out.push(']');
        self
    }
}

impl Drop for MessageWriter<'_> {
    fn drop(&mut self) {
        if self.open {
            self.out.push('}');
        }
    }
}

fn push_float(out: &mut String, value: f64) {
    if value.is_finite() {
        let _ = write!(out, "{value}");
    } else {
        out.push_str("null");
    }
}

/// Appends `text` as a JSON string.
pub fn escape(out: &mut String, text: &str) {
    out.push('"');
    let _ = Escaping(out).write_str(text);
    out.push('"');
}

fn escape_display(out: &mut String, value: impl Display) {
    out.push('"');
    let _ = write!(Escaping(out), "{value}");
    out.push('"');
}

struct Escaping<'a>(&'a mut String);

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                // Some readers take the last three for ends of lines.
                c if u32::from(c) < 0x20 || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}') => {
                    write!(self.0, "\\u{:04x}", u32::from(c))?
                }
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one() {
        let mut line = String::new();
        escape(&mut line, "a\n\u{85}\u{2028}\u{2029}\u{e9}");
        assert_eq!(line, r#""a\n\u0085\u2028\u2029é""#);
    }

    #[test]
    fn writes_an_object() {
        let mut line = String::from("{\"protocol\":\"x\"");
        {
            let mut m = MessageWriter::new(&mut line);
            m.num("a", 1u8).opt("none", None::<u8>).text("t", "q\"\u{1}").nums("n", [1u8, 2]).float("f", f64::NAN);
            m.objects("o", [1u8, 2], |w, v| {
                w.num("v", v).flag("odd", v % 2 == 1);
            });
        }
        let expected =
            r#"{"protocol":"x","a":1,"t":"q\"\u0001","n":[1,2],"f":null,"o":[{"v":1,"odd":true},{"v":2,"odd":false}]}"#;
        assert_eq!(line, expected);
    }
}
