// AllMessages: every message of the wire, for tests that go through them all.
#pragma once

#include "agent/message.hpp"
#include "agent/wire/control.hpp"
#include "agent/wire/exec.hpp"
#include "agent/wire/file.hpp"
#include "agent/wire/host.hpp"
#include "agent/wire/install.hpp"
#include "agent/wire/ipmi.hpp"
#include "agent/wire/kept.hpp"
#include "agent/wire/logging.hpp"
#include "agent/wire/logs.hpp"
#include "agent/wire/metrics.hpp"
#include "agent/wire/rpa.hpp"
#include "agent/wire/snmp.hpp"

namespace test {

template <agent::Message... Ts>
struct MessageList {};

namespace all_messages {

using namespace agent::wire;

using List =
    MessageList<Come, Handshake, AgentInfo, Reported, Foo, Bar, LogListRequest, LogList, LogDownloadRequest,
                LogDownloadInfo, LogDownloadData, Exec, Execd, ExecData, ExecDone, ExecWhole, ExecKill,
                ExecInput, ExecTaken, Settled, LsRequest, LsReply, Upload, UploadReply, DownloadRequest,
                DownloadReply, DownloadData, DownloadError, StaticRequest, StaticReply, DynamicRequest,
                DynamicReply, CollectQuery, CollectStatus, CollectChange, MetricsStatus, Install,
                InstallReply, LoggingConfig, LoggingSwitch, LoggingReply, LoggingReport, RpaRun, RpaLog,
                RpaControl, RpaControlReply, RpaFinish, RpaSelect, RpaSelectReply, RpaSelected, RpaValidate,
                RpaValidateReply, IpmiDeviceRequest, IpmiDeviceInfo, IpmiSensorRequest, IpmiSensorList,
                SnmpRequest, SnmpReply>;

}  // namespace all_messages

using AllMessages = all_messages::List;

}  // namespace test
