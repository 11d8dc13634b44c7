//! The protocols, one folder each, and the registry. Adding one is a folder and a line in [`REGISTRY`].

pub mod ads;
pub mod arp;
#[cfg(any(test, feature = "testing"))]
pub mod attack;
pub mod bacnet;
mod ber;
pub mod bsap;
pub mod c1222;
mod carried;
pub mod cdp;
mod checks;
pub mod cotp;
pub mod dcerpc;
pub mod dhcp;
pub mod dlms;
pub mod dnp3;
pub mod dns;
pub mod enip;
pub mod ethercat;
pub mod fox;
pub mod ftp;
pub mod genisys;
pub mod goose;
pub mod hart_ip;
mod held;
mod hints;
pub mod http;
pub mod icmp;
pub mod iec104;
pub mod kerberos;
pub mod knxnet_ip;
pub mod ldap;
pub mod lldp;
pub mod melsec;
pub mod mms;
mod mms_data;
pub mod modbus;
pub mod mqtt;
mod ntlmssp;
pub mod ntp;
pub mod omron_fins;
pub mod opcua;
pub mod openvpn;
mod process_bus;
pub mod profinet_dcp;
pub mod profinet_io;
pub mod rdp;
pub mod roc_plus;
pub mod s7comm;
pub mod s7comm_plus;
pub mod smb;
pub mod snmp;
mod spnego;
pub mod ssh;
pub mod sv;
pub mod synchrophasor;
pub mod telnet;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tftp;
pub mod tls;
pub mod tristation;
mod windows;

use wf_wire::decode::ProtocolInfo;

/// Every protocol, in the order in which probes are asked where no port decides.
pub static REGISTRY: &[&ProtocolInfo] = &[
    &enip::INFO,
    &profinet_dcp::INFO,
    &profinet_io::INFO,
    &dnp3::INFO,
    &modbus::INFO,
    &opcua::INFO,
    &bacnet::INFO,
    &s7comm::INFO,
    &s7comm_plus::INFO,
    &iec104::INFO,
    &mqtt::INFO,
    &mms::INFO,
    &goose::INFO,
    &sv::INFO,
    &hart_ip::INFO,
    &omron_fins::INFO,
    &melsec::INFO,
    &roc_plus::INFO,
    &genisys::INFO,
    &bsap::INFO,
    &c1222::INFO,
    &tristation::INFO,
    &knxnet_ip::INFO,
    &dlms::INFO,
    &fox::INFO,
    &synchrophasor::INFO,
    &ethercat::INFO,
    &ads::INFO,
    &arp::INFO,
    &icmp::INFO,
    &lldp::INFO,
    &cdp::INFO,
    &dhcp::INFO,
    &dns::INFO,
    &snmp::INFO,
    &tls::INFO,
    &ssh::INFO,
    &openvpn::INFO,
    &http::INFO,
    &smb::INFO,
    &dcerpc::INFO,
    &kerberos::INFO,
    &ldap::INFO,
    &rdp::INFO,
    &ftp::INFO,
    &telnet::INFO,
    &ntp::INFO,
    &tftp::INFO,
];

/// The entry of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static ProtocolInfo> {
    REGISTRY.iter().copied().find(|p| p.name == name)
}
