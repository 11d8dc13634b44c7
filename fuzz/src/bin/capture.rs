//! A whole capture file of any bytes through the whole sensor: reader, layers, flows, probes, decoders, observations.
#![no_main]

use wf_sensor::{Sensor, Settings};
use wf_wire::capture::CaptureFile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(mut capture) = CaptureFile::from_reader(Box::new(std::io::Cursor::new(bytes.to_vec()))) else { return };
    let mut sensor = Sensor::new(Settings::default());
    while let Ok(Some(packet)) = capture.next() {
        sensor.packet(&packet);
        drop(sensor.take_batch(false));
    }
    drop(sensor.finish());
});
