//! `GetBandwidth` of OOS: XML to structs.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;

use crate::{Row, mix};

pub fn row(name: &'static str, text: String) -> Row {
    let text: &'static str = text.leak();
    Row::new(name, text.len())
        .way(
            "callsheet",
            move || bench_ours::bandwidth(text.as_bytes()),
            |output| {
                let samples = output.region.iter().flat_map(|region| &region.data);
                samples.fold(0, |sum, s| {
                    let sum = mix(sum, s.date.timestamp());
                    let values = [
                        s.upload_bw,
                        s.download_bw,
                        s.roam_upload_bw,
                        s.roam_download_bw,
                        s.non_internet_upload_bw,
                        s.non_internet_download_bw,
                        s.non_internet_roam_upload_bw,
                        s.non_internet_roam_download_bw,
                    ];
                    values.into_iter().fold(sum, mix)
                })
            },
        )
        .way("quick-xml by hand", move || pull::output(text), Output::sum)
        .way("quick-xml with serde", move || quick_xml::de::from_str::<Output>(text).expect("XML"), Output::sum)
        .way("aws-smithy-xml", move || smithy::output(text).expect("XML"), Output::sum)
}

/// The documented answer, as a user would write it down for serde.
#[derive(Default, Deserialize)]
struct Output {
    #[serde(rename = "UserName")]
    user_name: String,
    #[serde(rename = "BucketName")]
    bucket_name: String,
    #[serde(rename = "Region", default)]
    regions: Vec<Region>,
}

#[derive(Default, Deserialize)]
struct Region {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Data", default)]
    data: Vec<Sample>,
}

#[derive(Default, Deserialize)]
struct Sample {
    #[serde(rename = "Date", deserialize_with = "date_text")]
    date: DateTime<Utc>,
    #[serde(rename = "UploadBW")]
    upload: i64,
    #[serde(rename = "DownloadBW")]
    download: i64,
    #[serde(rename = "RoamUploadBW")]
    roam_upload: i64,
    #[serde(rename = "RoamDownloadBW")]
    roam_download: i64,
    #[serde(rename = "NonInternetUploadBW")]
    other_upload: i64,
    #[serde(rename = "NonInternetDownloadBW")]
    other_download: i64,
    #[serde(rename = "NonInternetRoamUploadBW")]
    other_roam_upload: i64,
    #[serde(rename = "NonInternetRoamDownloadBW")]
    other_roam_download: i64,
}

impl Output {
    fn sum(&self) -> u64 {
        assert!(!self.user_name.is_empty() && !self.bucket_name.is_empty());
        self.regions.iter().inspect(|region| assert!(!region.name.is_empty())).flat_map(|region| &region.data).fold(
            0,
            |sum, s| {
                let sum = mix(sum, s.date.timestamp());
                let values = [
                    s.upload,
                    s.download,
                    s.roam_upload,
                    s.roam_download,
                    s.other_upload,
                    s.other_download,
                    s.other_roam_upload,
                    s.other_roam_download,
                ];
                values.into_iter().fold(sum, mix)
            },
        )
    }
}

fn date_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    date(&text).ok_or_else(|| serde::de::Error::custom("no date"))
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").ok()?;
    Some((local - TimeDelta::hours(8)).and_utc())
}

/// What somebody who cares for speed writes.
mod pull {
    use super::*;

    pub fn output(text: &str) -> Output {
        let mut reader = Reader::from_str(text);
        let mut output = Output::default();
        loop {
            match reader.read_event().expect("XML") {
                Event::Start(start) => match start.name().into_inner() {
                    "GetBandwidthResult" => {}
                    "UserName" => output.user_name = content(&mut reader).into_owned(),
                    "BucketName" => output.bucket_name = content(&mut reader).into_owned(),
                    "Region" => output.regions.push(region(&mut reader)),
                    _ => drop(reader.read_to_end(start.name()).expect("XML")),
                },
                Event::Eof => return output,
                _ => {}
            }
        }
    }

    fn region(reader: &mut Reader<&[u8]>) -> Region {
        let mut region = Region::default();
        loop {
            match reader.read_event().expect("XML") {
                Event::Start(start) => match start.name().into_inner() {
                    "Name" => region.name = content(reader).into_owned(),
                    "Data" => region.data.push(sample(reader)),
                    _ => drop(reader.read_to_end(start.name()).expect("XML")),
                },
                Event::End(_) => return region,
                Event::Eof => panic!("an early end"),
                _ => {}
            }
        }
    }

    fn sample(reader: &mut Reader<&[u8]>) -> Sample {
        let mut sample = Sample::default();
        loop {
            match reader.read_event().expect("XML") {
                Event::Start(start) => {
                    let place = match start.name().into_inner() {
                        "Date" => {
                            sample.date = date(&content(reader)).expect("a date");
                            continue;
                        }
                        "UploadBW" => &mut sample.upload,
                        "DownloadBW" => &mut sample.download,
                        "RoamUploadBW" => &mut sample.roam_upload,
                        "RoamDownloadBW" => &mut sample.roam_download,
                        "NonInternetUploadBW" => &mut sample.other_upload,
                        "NonInternetDownloadBW" => &mut sample.other_download,
                        "NonInternetRoamUploadBW" => &mut sample.other_roam_upload,
                        "NonInternetRoamDownloadBW" => &mut sample.other_roam_download,
                        _ => {
                            reader.read_to_end(start.name()).expect("XML");
                            continue;
                        }
                    };
                    *place = content(reader).parse().expect("a number");
                }
                Event::End(_) => return sample,
                Event::Eof => panic!("an early end"),
                _ => {}
            }
        }
    }

    /// The text up to the end of an element.
    fn content<'a>(reader: &mut Reader<&'a [u8]>) -> Cow<'a, str> {
        let mut text = Cow::Borrowed("");
        loop {
            match reader.read_event().expect("XML") {
                Event::Text(part) if text.is_empty() => text = part.xml10_content(),
                Event::Text(part) => text.to_mut().push_str(&part.xml10_content()),
                Event::End(_) => return text,
                _ => panic!("a text"),
            }
        }
    }
}

/// As the AWS SDK's generated code goes about it: a chain of comparisons, and builders with everything optional.
mod smithy {
    use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};

    use super::*;

    #[derive(Default)]
    struct Builder {
        date: Option<DateTime<Utc>>,
        values: [Option<i64>; 8],
    }

    pub fn output(text: &str) -> Result<Output, XmlDecodeError> {
        let mut document = Document::new(text);
        let mut root = document.root_element()?;
        let mut output = Output::default();
        while let Some(mut tag) = root.next_tag() {
            match tag.start_el() {
                start if start.matches("UserName") => output.user_name = try_data(&mut tag)?.into_owned(),
                start if start.matches("BucketName") => output.bucket_name = try_data(&mut tag)?.into_owned(),
                start if start.matches("Region") => output.regions.push(region(&mut tag)?),
                _ => {}
            }
        }
        Ok(output)
    }

    fn region(decoder: &mut ScopedDecoder<'_, '_>) -> Result<Region, XmlDecodeError> {
        let mut region = Region::default();
        while let Some(mut tag) = decoder.next_tag() {
            match tag.start_el() {
                start if start.matches("Name") => region.name = try_data(&mut tag)?.into_owned(),
                start if start.matches("Data") => region.data.push(sample(&mut tag)?),
                _ => {}
            }
        }
        Ok(region)
    }

    fn sample(decoder: &mut ScopedDecoder<'_, '_>) -> Result<Sample, XmlDecodeError> {
        let mut builder = Builder::default();
        while let Some(mut tag) = decoder.next_tag() {
            match tag.start_el() {
                start if start.matches("Date") => {
                    let date = date(&try_data(&mut tag)?);
                    builder.date = Some(date.ok_or_else(|| XmlDecodeError::custom("expected (timestamp)"))?);
                }
                start if start.matches("UploadBW") => builder.values[0] = Some(long(&mut tag)?),
                start if start.matches("DownloadBW") => builder.values[1] = Some(long(&mut tag)?),
                start if start.matches("RoamUploadBW") => builder.values[2] = Some(long(&mut tag)?),
                start if start.matches("RoamDownloadBW") => builder.values[3] = Some(long(&mut tag)?),
                start if start.matches("NonInternetUploadBW") => builder.values[4] = Some(long(&mut tag)?),
                start if start.matches("NonInternetDownloadBW") => builder.values[5] = Some(long(&mut tag)?),
                start if start.matches("NonInternetRoamUploadBW") => builder.values[6] = Some(long(&mut tag)?),
                start if start.matches("NonInternetRoamDownloadBW") => builder.values[7] = Some(long(&mut tag)?),
                _ => {}
            }
        }
        let value = |i: usize| builder.values[i].unwrap_or_default();
        Ok(Sample {
            date: builder.date.ok_or_else(|| XmlDecodeError::custom("missing field"))?,
            upload: value(0),
            download: value(1),
            roam_upload: value(2),
            roam_download: value(3),
            other_upload: value(4),
            other_download: value(5),
            other_roam_upload: value(6),
            other_roam_download: value(7),
        })
    }

    fn long(tag: &mut ScopedDecoder<'_, '_>) -> Result<i64, XmlDecodeError> {
        use aws_smithy_types::primitive::Parse;
        <i64 as Parse>::parse_smithy_primitive(&try_data(tag)?).map_err(|_| XmlDecodeError::custom("expected (long)"))
    }
}
