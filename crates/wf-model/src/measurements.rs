//! Process values of a batch, held by column: what the values of one message share is held once, and a point takes no more
//! than its letters.

use crate::observation::Measurement;
use crate::{Address, Text, Timestamp};
use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// What the values of one message share.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// When they were seen.
    pub ts: Timestamp,
    /// Frame.
    pub frame: u64,
    /// The device that holds the points.
    pub device: Address,
    /// Protocol they were seen in.
    pub protocol: Text,
    /// Their quality, as in [`Measurement`].
    pub quality: Text,
}

/// A process value. A journal holds its fields as those of a [`Measurement`], in the same order.
#[derive(Clone, Copy, Serialize)]
#[expect(missing_docs, reason = "as in Measurement")]
pub struct Row<'a> {
    pub ts: Timestamp,
    pub device: Address,
    pub protocol: &'a str,
    pub point: &'a str,
    pub value: f64,
    pub text: Option<&'a str>,
    pub quality: &'a str,
    pub frame: u64,
}

impl Row<'_> {
    fn to_measurement(self) -> Measurement {
        Measurement {
            ts: self.ts,
            device: self.device,
            protocol: Text::Owned(self.protocol.to_owned()),
            point: self.point.to_owned(),
            value: self.value,
            text: self.text.map(str::to_owned),
            quality: Text::Owned(self.quality.to_owned()),
            frame: self.frame,
        }
    }
}

/// Process values in the order in which they were said.
#[derive(Clone, Default, PartialEq)]
pub struct Measurements {
    /// Each with the number of its values.
    reports: Vec<(Report, usize)>,
    values: Vec<f64>,
    /// All points, one behind the other, and where each ends.
    points: String,
    ends: Vec<usize>,
    /// Texts, each with the place of its value: few values have one.
    texts: Vec<(usize, String)>,
}

impl Measurements {
    /// None, with room for as many as `others`.
    #[must_use]
    pub fn with_room_for(others: &Self) -> Self {
        Self {
            reports: Vec::with_capacity(others.reports.len()),
            values: Vec::with_capacity(others.values.len()),
            points: String::with_capacity(others.points.len()),
            ends: Vec::with_capacity(others.ends.len()),
            texts: Vec::with_capacity(others.texts.len()),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Adds a value.
    pub fn push(&mut self, report: Report, point: &str, value: f64, text: Option<String>) {
        match self.reports.last_mut() {
            Some((last, count)) if *last == report => *count += 1,
            _ => self.reports.push((report, 1)),
        }
        self.texts.extend(text.map(|text| (self.values.len(), text)));
        self.values.push(value);
        self.points.push_str(point);
        self.ends.push(self.points.len());
    }

    /// Each value as a row.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let reports = self.reports.iter().flat_map(|(report, count)| std::iter::repeat_n(report, *count));
        let mut texts = self.texts.iter().peekable();
        let mut begin = 0;
        reports.zip(&self.values).zip(&self.ends).enumerate().map(move |(at, ((report, value), end))| {
            let point = self.points.get(begin..*end).unwrap_or_default();
            begin = *end;
            Row {
                ts: report.ts,
                device: report.device,
                protocol: &report.protocol,
                point,
                value: *value,
                text: texts.next_if(|(of, _)| *of == at).map(|(_, text)| text.as_str()),
                quality: &report.quality,
                frame: report.frame,
            }
        })
    }
}

impl Extend<Measurement> for Measurements {
    fn extend<I: IntoIterator<Item = Measurement>>(&mut self, rows: I) {
        for row in rows {
            let Measurement { ts, device, protocol, point, value, text, quality, frame } = row;
            self.push(Report { ts, frame, device, protocol, quality }, &point, value, text);
        }
    }
}

impl FromIterator<Measurement> for Measurements {
    fn from_iter<I: IntoIterator<Item = Measurement>>(rows: I) -> Self {
        let mut all = Self::default();
        all.extend(rows);
        all
    }
}

impl fmt::Debug for Measurements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rows().map(Row::to_measurement)).finish()
    }
}

impl Serialize for Measurements {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        for row in self.rows() {
            list.serialize_element(&row)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Measurements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Measurements;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of measurements")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Measurements, A::Error> {
                let mut all = Measurements::default();
                while let Some(row) = list.next_element::<Measurement>()? {
                    all.extend([row]);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_seq(List)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_by_any_other_name() {
        let row = |ts: i64, point: &str, text: Option<&str>| Measurement {
            ts: Timestamp(ts),
            device: Address::Mac(crate::Mac([2; 6])),
            protocol: "dnp3".into(),
            point: point.into(),
            value: 1.5,
            text: text.map(str::to_owned),
            quality: "good".into(),
            frame: 7,
        };
        let list = vec![row(1, "a", None), row(1, "", Some("on")), row(2, "läuft", None), row(2, "c", Some(""))];
        let held: Measurements = list.iter().cloned().collect();
        assert_eq!((held.len(), held.reports.len()), (4, 2));
        assert_eq!(format!("{held:?}"), format!("{list:?}"));
        let json = serde_json::to_string(&list).unwrap();
        assert_eq!(serde_json::to_string(&held).unwrap(), json);
        assert_eq!(serde_json::from_str::<Measurements>(&json).unwrap(), held);
    }
}
