/**
 * The class of a path: what kind of resource a request is for, without saying which one.
 *
 *     /reports/doe^john.pdf?id=7      →   /reports/*.pdf
 *     /dicom-web/studies/1.2.840.9    →   /dicom-web/studies/*
 *
 * A segment is told when it is one of the harmless words below, and is a star otherwise; of a file name only a known
 * extension is left. The query is never looked at. A patient's number, name or identifier can stand in any other
 * place, so that nothing else is told, whatever it looks like.
 */
import { TextMemory } from '../../src/bytes/text.ts';
import { Words } from '../../src/bytes/words.ts';
import { extensions } from './values.ts';

const SLASH = 0x2f;
const DOT = 0x2e;
const STAR = 0x2a;

/** Segments of one path that are told; what is deeper is `*`. */
const SEGMENTS_MAX = 10;
const CLASS_BYTES_MAX = 320;
const REMEMBERED = 1024;

const words = new Words([
  // Parts of sites and interfaces of any kind.
  ...['api', 'rest', 'restapi', 'rpc', 'jsonrpc', 'xmlrpc', 'soap', 'ws', 'wss', 'graphql', 'odata', 'v1', 'v2', 'v3'],
  ...[
    'v4',
    'v5',
    'services',
    'service',
    'svc',
    'app',
    'apps',
    'web',
    'webapp',
    'www',
    'home',
    'index',
    'main',
    'public',
  ],
  ...['static', 'assets', 'css', 'js', 'img', 'images', 'image', 'fonts', 'media', 'lib', 'dist', 'favicon.ico'],
  ...[
    'robots.txt',
    '.well-known',
    'openid-configuration',
    'smart-configuration',
    'security.txt',
    'jwks',
    'docs',
    'doc',
  ],
  ...['help', 'about', 'status', 'health', 'healthz', 'ready', 'live', 'ping', 'echo', 'version', 'info', 'metrics'],
  ...['stats', 'statistics', 'system', 'check', 'test', 'tests', 'debug', 'trace', 'logs', 'log', 'events', 'event'],
  ...['login', 'logout', 'signin', 'signout', 'auth', 'oauth', 'oauth2', 'token', 'tokens', 'authorize', 'session'],
  ...['sessions', 'sso', 'saml', 'user', 'users', 'account', 'accounts', 'password', 'admin', 'administrator'],
  ...['console', 'manage', 'manager', 'management', 'dashboard', 'portal', 'setup', 'settings', 'config'],
  ...['configuration', 'conf', 'install', 'cgi-bin', 'scripts', 'bin', 'shell', 'cmd', 'exec', 'command', 'commands'],
  ...['upload', 'uploads', 'up', 'download', 'downloads', 'file', 'files', 'data', 'backup', 'backups', 'export'],
  ...['exports', 'import', 'archive', 'archives', 'attachment', 'attachments', 'report', 'reports', 'print', 'printer'],
  ...['printers', 'ipp', 'jobs', 'job', 'queue', 'queues', 'update', 'updates', 'upgrade', 'firmware', 'software'],
  ...['patch', 'patches', 'release', 'releases', 'packages', 'package', 'repo', 'search', 'query', 'list', 'find'],
  ...['items', 'item', 'content', 'contents', 'view', 'views', 'edit', 'new', 'add', 'create', 'delete', 'remove'],
  ...['get', 'set', 'put', 'post', 'start', 'stop', 'restart', 'reboot', 'reset', 'shutdown', 'echo', 'tools', 'tool'],
  ...['ui', 'explorer', 'swagger', 'openapi', 'swagger-ui', 'api-docs', 'proxy', 'gateway', 'webdav', 'dav', 'remote'],
  ...['device', 'devices', 'sensor', 'sensors', 'node', 'nodes', 'write', 'read', 'db', 'databases', 'database'],
  ...['influxdb', 'grafana', 'prometheus', 'actuator', 'env', 'heapdump', 'jolokia', 'jmx-console', 'web-console'],
  ...['wp-admin', 'wp-login', 'wp-content', 'wp-includes', 'phpmyadmin', 'xampp', 'owa', 'ecp', 'ews', 'autodiscover'],
  ...['wsman', 'powershell', 'rpcproxy', 'wsus', 'selfupdate', 'certsrv', 'certenroll', 'ocsp', 'crl', 'evolution'],
  ...['ajax', 'cgi', 'php', 'hnap1', 'goform', 'boaform', 'webcgi', 'sdk', 'isapi', 'onvif', 'device_service'],
  ...['ptz_service', 'media_service', 'event_service', 'upnp', 'control', 'ctl', 'ipconn', 'wanipconn', 'rootdesc'],
  ...['description', 'desc', 'eventing', 'scpd', 'dial', 'ssdp', 'axis-cgi', 'stream', 'streams', 'video', 'audio'],
  ...['snapshot', 'camera', 'cameras', 'socket.io', 'signalr', 'hubs', 'hub', 'websocket', 'sse', 'poll', 'polling'],
  // DICOMweb (PS3.18), WADO-URI, archives.
  ...['dicom-web', 'dicomweb', 'dicom', 'rs', 'aets', 'studies', 'study', 'series', 'instances', 'instance', 'frames'],
  ...['frame', 'bulkdata', 'bulk', 'rendered', 'thumbnail', 'metadata', 'pixeldata', 'workitems', 'workitem', 'state'],
  ...['cancelrequest', 'subscribers', 'suspend', 'wado', 'wado-rs', 'qido-rs', 'stow-rs', 'ups-rs', 'dcm4chee-arc'],
  ...['dcm4chee', 'pacs', 'viewer', 'ohif', 'weasis', 'oviyam', 'modalities', 'modality', 'worklist', 'worklists'],
  // Orthanc's REST API.
  ...['patients', 'changes', 'exports', 'plugins', 'peers', 'servers', 'preview', 'image-uint8', 'image-uint16'],
  ...['image-int16', 'matlab', 'simplified-tags', 'tags', 'raw', 'content', 'compressed-data', 'md5', 'size', 'store'],
  ...['query', 'retrieve', 'answers', 'move', 'modify', 'anonymize', 'merge', 'split', 'protected', 'parent'],
  ...['reconstruct', 'header', 'module', 'shared-tags', 'instances-tags', 'send', 'bulk-delete', 'bulk-modify'],
  ...['bulk-anonymize', 'bulk-content', 'create-archive', 'create-media', 'create-dicom', 'media', 'log-level'],
  ...['execute-script', 'dicom-conformance', 'dicom-associations', 'dicom-echo', 'pdf', 'numpy', 'transfer-syntax'],
  // FHIR (http://hl7.org/fhir/R4/http.html) and HL7 over HTTP.
  ...['fhir', 'fhir-server', 'hapi-fhir-jpaserver', 'r4', 'r4b', 'r5', 'stu3', 'dstu2', 'basefhir', 'baser4', 'hl7'],
  ...['hl7v2', 'mllp', 'mirth', 'channels', 'channel', '_history', '_search', '_tags', '$export', '$everything'],
  ...['$validate', '$expand', '$lookup', '$process-message', '$match', '$meta', '$document', '$import', '$reindex'],
  ...['Patient', 'Observation', 'Encounter', 'Device', 'DeviceMetric', 'DeviceRequest', 'DeviceUseStatement'],
  ...['MedicationRequest', 'MedicationAdministration', 'MedicationDispense', 'Medication', 'Condition', 'Procedure'],
  ...['DiagnosticReport', 'DocumentReference', 'ImagingStudy', 'AuditEvent', 'Binary', 'Bundle', 'Group', 'Location'],
  ...['Organization', 'Practitioner', 'PractitionerRole', 'Person', 'RelatedPerson', 'ServiceRequest', 'Specimen'],
  ...['Schedule', 'Slot', 'Appointment', 'Task', 'Subscription', 'AllergyIntolerance', 'Immunization', 'CarePlan'],
  ...['CareTeam', 'Coverage', 'Claim', 'Flag', 'Goal', 'List', 'MessageHeader', 'OperationOutcome', 'Provenance'],
  ...['QuestionnaireResponse', 'Questionnaire', 'ValueSet', 'CodeSystem', 'ConceptMap', 'StructureDefinition'],
  ...['CapabilityStatement', 'Communication', 'CommunicationRequest', 'NutritionOrder', 'RiskAssessment'],
]);

export class PathClasses {
  private readonly texts = new TextMemory(REMEMBERED);
  private readonly bytes = new Uint8Array(CLASS_BYTES_MAX);
  private readonly view = new DataView(this.bytes.buffer);
  private length = 0;

  /** Of the path `[at, end)` without its query. `*` stays as it is; '' for what is no path. */
  of(view: DataView<ArrayBufferLike>, at: number, end: number): string {
    if (end - at === 1 && view.getUint8(at) === STAR) return '*';
    if (at >= end || view.getUint8(at) !== SLASH) return '';
    this.length = 0;
    let count = 0;
    for (let from = at; from < end; ) {
      let stop = from + 1;
      while (stop < end && view.getUint8(stop) !== SLASH) stop++;
      this.put(SLASH);
      if (++count > SEGMENTS_MAX) {
        this.put(STAR);
        break;
      }
      this.segment(view, from + 1, stop);
      from = stop;
    }
    return this.texts.read(this.view, 0, this.length);
  }

  private segment(view: DataView, at: number, end: number): void {
    if (at === end) return;
    const word = words.find(view, at, end);
    if (word >= 0) {
      this.word(words.list[word]!);
      return;
    }
    for (let i = end - 1; i > at && i >= end - 9; i--) {
      if (view.getUint8(i) !== DOT) continue;
      const extension = extensions.find(view, i + 1, end);
      if (extension < 0) break;
      const stem = words.find(view, at, i);
      if (stem >= 0) this.word(words.list[stem]!);
      else this.put(STAR);
      this.put(DOT);
      this.word(extensions.list[extension]!);
      return;
    }
    this.put(STAR);
  }

  private word(word: string): void {
    for (let i = 0; i < word.length; i++) this.put(word.charCodeAt(i));
  }

  private put(byte: number): void {
    if (this.length < CLASS_BYTES_MAX) this.bytes[this.length++] = byte;
  }
}
