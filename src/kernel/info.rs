//! What the kernel says of itself.

use super::outbox::PROTOCOL;
use jupyter_protocol::{
    CodeMirrorMode, KernelInfoReply, LanguageInfo, ReplyStatus, UnknownMessage,
};
use serde_json::{Value, json};

/// kernel_info_reply (messaging protocol, "Kernel info").
pub(super) fn kernel_info() -> KernelInfoReply {
    let version = env!("CARGO_PKG_VERSION");
    KernelInfoReply {
        status: ReplyStatus::Ok,
        protocol_version: PROTOCOL.into(),
        implementation: "threadlab".into(),
        implementation_version: version.into(),
        language_info: LanguageInfo {
            name: "rust".into(),
            version: version.into(),
            mimetype: Some("text/rust".into()),
            file_extension: Some(".rs".into()),
            pygments_lexer: Some("rust".into()),
            codemirror_mode: Some(CodeMirrorMode::Simple("rust".into())),
            nbconvert_exporter: None,
        },
        banner: format!("Threadlab {version}: concurrency, carried out. %help says how to begin."),
        help_links: vec![],
        debugger: false,
        error: None,
    }
}

/// usage_reply, which JupyterLab's kernel usage panel asks for.
pub(super) fn usage(request: &UnknownMessage) -> jupyter_protocol::JupyterMessageContent {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| {
        let kib: u64 = line
            .strip_prefix("VmRSS:")?
            .trim()
            .strip_suffix(" kB")?
            .parse()
            .ok()?;
        Some(kib * 1024)
    });
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let content: Value = json!({
        "hostname": host.trim(),
        "pid": std::process::id(),
        "kernel_cpu": 0.0,
        "kernel_memory": resident.unwrap_or(0),
        "cpu_count": crate::run::machine::cores(),
        "host_cpu_percent": 0.0,
        "host_virtual_memory": {},
    });
    request.reply(content)
}
