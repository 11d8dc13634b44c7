//! The fields of one message, for `decode`.

use super::cemi::{Cemi, Property, Telegram, show_destination};
use super::frame::{Description, Frame, Individual, connection, endpoint, structure};
use super::names::{self, service};
use crate::hints::hex;
use wf_wire::decode::Coded;
use wf_wire::{MessageWriter, Reader};

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    m.num("service", frame.service).text("name", names::service_name(frame.service).unwrap_or("unknown_service"));
    m.num("length", frame.length);
    let mut r = Reader::new(frame.body);
    // What is cut off is left out, and said as an anomaly.
    let _ = match frame.service {
        service::SEARCH_REQUEST | service::SEARCH_REQUEST_EXTENDED | service::DESCRIPTION_REQUEST | service::SESSION_REQUEST => {
            endpoint(&mut r).map(|endpoint| {
                m.show("endpoint", endpoint);
            })
        }
        service::SEARCH_RESPONSE | service::SEARCH_RESPONSE_EXTENDED | service::DESCRIPTION_RESPONSE => {
            write_description(m, frame);
            Ok(())
        }
        service::CONNECT_REQUEST => write_connect(m, &mut r),
        service::CONNECT_RESPONSE => write_connected(m, &mut r),
        service::STATE_REQUEST | service::DISCONNECT_REQUEST => r.u8().map(|channel| {
            m.num("channel", channel);
        }),
        service::STATE_RESPONSE | service::DISCONNECT_RESPONSE => r.u16().map(|both| {
            m.num("channel", both >> 8).num("status", both & 0xff);
        }),
        service::CONFIGURATION_REQUEST..=service::FEATURE_INFO => connection(&mut r).map(|(channel, sequence, status)| {
            m.num("channel", channel).num("sequence", sequence);
            if frame.service & 1 == 1 && frame.service < service::FEATURE_GET {
                m.num("status", status);
            }
            write_channel(m, frame, r.rest());
        }),
        service::ROUTING_INDICATION | service::ROUTING_SYSTEM_BROADCAST => {
            write_cemi(m, frame.body);
            Ok(())
        }
        service::ROUTING_LOST => structure(&mut r).and_then(|mut r| {
            m.num("device_state", r.u8()?);
            r.u16().map(|lost| {
                m.num("lost", lost);
            })
        }),
        service::ROUTING_BUSY => structure(&mut r).and_then(|mut r| {
            m.num("device_state", r.u8()?);
            r.u16().map(|wait| {
                m.num("wait_ms", wait);
            })
        }),
        service::SECURE_WRAPPER => r.u16().and_then(|session| {
            m.num("session", session);
            m.hex("sequence", r.take(6)?).hex("serial", r.take(6)?);
            r.skip(2).map(|()| {
                m.num("data_length", r.left().saturating_sub(16) as u64);
            })
        }),
        service::SESSION_RESPONSE => r.u16().map(|session| {
            m.num("session", session);
        }),
        service::SESSION_AUTHENTICATE => r.u16().map(|user| {
            m.num("user", user & 0xff);
        }),
        service::SESSION_STATUS => r.u8().map(|status| {
            m.text("status", names::session(status));
        }),
        _ => Ok(()),
    };
}

fn write_description(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    if frame.service != service::DESCRIPTION_RESPONSE
        && let Ok(endpoint) = endpoint(&mut Reader::new(frame.body))
    {
        m.show("endpoint", endpoint);
    }
    let Some(description) = Description::of(frame) else { return };
    if let Some(device) = &description.device {
        m.text("device_name", &device.name).show("address", device.address).text("serial", &device.serial);
        m.show("mac", device.mac).text("medium", names::medium(device.medium)).flag("programming", device.programming);
        m.num("project", device.project);
    }
    m.opt("manufacturer", description.manufacturer).opt("mask_version", description.mask);
    if !description.families.is_empty() {
        m.texts("families", description.families.iter().map(|(family, version)| format!("{family} v{version}")));
    }
}

fn write_connect(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Result<(), wf_wire::Short> {
    m.show("endpoint", endpoint(r)?).show("data_endpoint", endpoint(r)?);
    let kind = structure(r)?.u8()?;
    m.num("connection_type", kind).text("connection", names::connection(kind));
    Ok(())
}

fn write_connected(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Result<(), wf_wire::Short> {
    let (channel, status) = (r.u8()?, r.u8()?);
    m.num("channel", channel).num("status", status);
    if status == 0 {
        m.show("data_endpoint", endpoint(r)?);
        let mut data = structure(r)?;
        let kind = data.u8()?;
        m.num("connection_type", kind).text("connection", names::connection(kind));
        if kind == 4 {
            m.show("address", Individual(data.u16()?));
        }
    }
    Ok(())
}

fn write_channel(m: &mut MessageWriter<'_>, frame: &Frame<'_>, rest: &[u8]) {
    match frame.service {
        service::CONFIGURATION_REQUEST | service::TUNNELLING_REQUEST => write_cemi(m, rest),
        service::FEATURE_GET..=service::FEATURE_INFO => {
            if let [feature, status, value @ ..] = rest {
                m.num("feature", *feature).num("status", *status).hex("value", value);
            }
        }
        _ => {}
    }
}

fn write_cemi(m: &mut MessageWriter<'_>, bytes: &[u8]) {
    let code = bytes.first().copied().unwrap_or(0);
    m.num("message_code", code).text("message", names::message_code(code).unwrap_or("unknown_message"));
    match Cemi::read(bytes) {
        Some(Cemi::Data(telegram)) => write_telegram(m, &telegram),
        Some(Cemi::Property(property)) => write_property(m, &property),
        Some(Cemi::Function(property)) => {
            m.num("object", property.object).num("instance", property.instance).num("property", property.property);
            m.text("data", &if property.is_secret() { "hidden".into() } else { hex(property.data) });
        }
        Some(Cemi::Other(_)) | None => {}
    }
}

fn write_telegram(m: &mut MessageWriter<'_>, telegram: &Telegram<'_>) {
    let numbers = [telegram.destination.into(), u64::from(telegram.to_group), 0, 0];
    m.show("source", telegram.source).show("destination", Coded { numbers, show: show_destination });
    let (name, _) = telegram.named();
    m.text("application", name);
    if telegram.code == 0x2e {
        m.flag("confirmed", !telegram.failed);
    }
    match telegram.application {
        Some(_) if telegram.secret().is_some() => {
            m.text("key", "hidden");
        }
        Some(_) if telegram.tells_group() => {
            m.show("value", telegram.value());
        }
        Some(bits) => {
            let low = names::application(bits).2;
            if low > 0 {
                m.num("low_bits", bits & ((1 << low) - 1));
            }
            if !telegram.data.is_empty() {
                m.text("data", &hex(telegram.data));
            }
        }
        None => {}
    }
}

fn write_property(m: &mut MessageWriter<'_>, property: &Property<'_>) {
    m.num("object", property.object).num("instance", property.instance).num("property", property.property);
    m.num("count", property.count).num("start", property.start);
    if property.is_secret() {
        m.text("data", "hidden");
    } else {
        m.text("data", &hex(property.data));
    }
}
