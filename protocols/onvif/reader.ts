/**
 * ONVIF (Core and PTZ service specifications): SOAP 1.2 with which cameras are read, turned and set up.
 *
 *     POST /onvif/ptz_service HTTP/1.1
 *     Content-Type: application/soap+xml; action="http://www.onvif.org/ver20/ptz/wsdl/ContinuousMove"
 *     <s:Envelope> <s:Header> <Security> … </s:Header> <s:Body> <ContinuousMove …>
 *
 * Told: the name of the first element in the body, when it is one of the list. Values, names and passwords are
 * stepped over; of a password in clear only its weakness is judged, where it lies.
 */
import { weaknessOf } from '../../src/bytes/secret.ts';
import { find, Words } from '../../src/bytes/words.ts';
import type { Exchange, ExchangeReader, OpenBody, Segment } from '../../src/protocol.ts';
import { Login, Message, Operation, type Records, stamp } from '../../src/records.ts';

/** Header and the beginning of the body; security headers take up to 2 kB. */
const KEPT_BYTES = 4_096;

const READS = [
  ...['GetCapabilities', 'GetServices', 'GetServiceCapabilities', 'GetDeviceInformation', 'GetSystemDateAndTime'],
  ...['GetScopes', 'GetHostname', 'GetNetworkInterfaces', 'GetNetworkProtocols', 'GetUsers', 'GetProfiles'],
  ...['GetProfile', 'GetStreamUri', 'GetSnapshotUri', 'GetVideoSources', 'GetVideoEncoderConfigurations'],
  ...['GetNodes', 'GetNode', 'GetConfigurations', 'GetConfiguration', 'GetPresets', 'GetStatus', 'GetImagingSettings'],
  ...['GetEventProperties', 'CreatePullPointSubscription', 'PullMessages', 'Subscribe', 'Renew', 'Unsubscribe'],
  ...['GetRecordings', 'GetReplayUri', 'FindRecordings', 'GetSystemLog', 'GetDNS', 'GetNTP', 'GetWsdlUrl'],
];
const WRITES = [
  ...['ContinuousMove', 'AbsoluteMove', 'RelativeMove', 'Stop', 'GotoPreset', 'SetPreset', 'RemovePreset'],
  ...['GotoHomePosition', 'SetHomePosition', 'SendAuxiliaryCommand', 'SetConfiguration', 'SystemReboot'],
  ...['SetSystemDateAndTime', 'SetSystemFactoryDefault', 'UpgradeSystemFirmware', 'StartFirmwareUpgrade'],
  ...['StartSystemRestore', 'RestoreSystem', 'CreateUsers', 'DeleteUsers', 'SetUser', 'SetScopes', 'AddScopes'],
  ...['SetHostname', 'SetDNS', 'SetNTP', 'SetNetworkInterfaces', 'SetNetworkProtocols', 'SetNetworkDefaultGateway'],
  ...['SetVideoEncoderConfiguration', 'SetVideoSourceConfiguration', 'CreateProfile', 'DeleteProfile'],
  ...['SetImagingSettings', 'SetRelayOutputState', 'SetRelayOutputSettings', 'CreateRecording', 'DeleteRecording'],
  ...['SetSynchronizationPoint', 'StartMulticastStreaming', 'StopMulticastStreaming'],
];
const names = new Words([...READS, ...WRITES], true);

const ONVIF = 'onvif';
const MINE = 1;

const message = new Message();
const operation = new Operation();
const login = new Login();

export const onvif: ExchangeReader = {
  name: 'onvif',

  asks: ({ method, view, path, contentType, soapAction }) => {
    if (method !== 'POST') return 0;
    const isInPath = find(view, path.at, path.end, ONVIF) >= 0;
    const isAction = (at: number, end: number): boolean => find(view, at, end, 'onvif.org') >= 0;
    return isInPath || isAction(contentType.at, contentType.end) || isAction(soapAction.at, soapAction.end) ? MINE : 0;
  },

  wants: ({ topic }) => topic === MINE,
  wantsInflated: ({ topic }) => topic === MINE,

  open: () => new OnvifBodies(),
};

class OnvifBodies implements OpenBody {
  private readonly bytes = new Uint8Array(KEPT_BYTES);
  private readonly view = new DataView(this.bytes.buffer);
  private length = 0;
  private status = -1;
  private asked = '';
  private loginMethod = '';

  begin({ status }: Exchange, segment: Segment): void {
    // One of both directions is kept: they take turns.
    if (segment.toServer) this.length = 0;
    this.status = status;
  }

  read({ view, start, end, toServer }: Segment): void {
    if (!toServer) return;
    const count = Math.min(end - start, KEPT_BYTES - this.length);
    this.bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, count), this.length);
    this.length += count;
  }

  end(segment: Segment, _isWhole: boolean, records: Records): void {
    if (!segment.toServer) {
      this.answer(segment, records);
      return;
    }
    this.asked = elementIn(this.view, this.length);
    stamp(message, segment);
    message.fromClient = true;
    message.protocol = 'onvif';
    message.kind = this.asked === '' ? 'other' : this.asked;
    records.message(message);
    this.security(segment, records);
    if (WRITES.includes(this.asked)) tell(this.asked, 'asked', segment, records);
    this.bytes.fill(0, 0, this.length);
    this.length = 0;
  }

  private answer(segment: Segment, records: Records): void {
    const isRefused = this.status >= 400;
    if (WRITES.includes(this.asked)) tell(this.asked, isRefused ? 'failed' : 'done', segment, records);
    if (this.loginMethod !== '') {
      login.weakness = '';
      this.tellLogin(isRefused ? 'failure' : 'success', segment, records);
    }
    this.asked = '';
    this.loginMethod = '';
  }

  /** UsernameToken of WS-Security: a digest, or the password itself. */
  private security(segment: Segment, records: Records): void {
    const { view, length } = this;
    const clear = find(view, 0, length, '#passwordtext');
    const isDigest = find(view, 0, length, '#passworddigest') >= 0;
    this.loginMethod = isDigest ? 'digest' : clear >= 0 ? 'password' : '';
    if (this.loginMethod === '') return;
    login.weakness = '';
    if (!isDigest) {
      const from = find(view, clear, length, '>') + 1;
      const to = find(view, from, length, '<');
      if (from > 0 && to >= from) login.weakness = weaknessOf(view, from, to - from);
    }
    this.tellLogin('asked', segment, records);
  }

  private tellLogin(outcome: string, segment: Segment, records: Records): void {
    stamp(login, segment);
    login.fromClient = true;
    login.protocol = 'onvif';
    login.method = this.loginMethod;
    login.isClear = this.loginMethod === 'password';
    login.outcome = outcome;
    records.login(login);
  }
}

/** The local name of the first element in the body, when it is one of the list. */
function elementIn(view: DataView, length: number): string {
  const body = find(view, 0, length, 'body');
  if (body < 0) return '';
  // `<s:Body …>` then `<tptz:ContinuousMove …`.
  const open = find(view, body, length, '<');
  if (open < 0) return '';
  let from = open + 1;
  let stop = from;
  for (; stop < length && isName(view.getUint8(stop)); stop++) if (view.getUint8(stop) === 0x3a) from = stop + 1;
  const found = names.find(view, from, stop);
  return found < 0 ? '' : names.list[found]!;
}

function isName(byte: number): boolean {
  const letter = byte | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x3a) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x5f
  );
}

function tell(verb: string, outcome: string, segment: Segment, records: Records): void {
  stamp(operation, segment);
  operation.fromClient = true;
  operation.protocol = 'onvif';
  operation.verb = verb;
  operation.outcome = outcome;
  records.operation(operation);
}
