/** What is remembered of one HTTP connection that carries SOAP. */
import { type XmlNames, XmlReader } from '../../src/bytes/xml.ts';
import type { Limits } from '../../src/limits.ts';

/** One direction: the envelope on its way. */
export class SdcSide {
  readonly xml: XmlReader;
  /** An envelope has begun and not ended. */
  isOpen = false;
  kind = '';
  /** Number of the element in the body, 0 while there is none. */
  content = 0;
  /** Operation handle of a request or of the report part at hand. */
  handle = '';
  /** State of the invocation of an answer or of the report part at hand. */
  invocation = '';
  isFault = false;

  constructor(names: XmlNames, limits: Limits) {
    this.xml = new XmlReader(names, { depthMax: limits.xmlDepthMax, valueBytesMax: limits.xmlValueBytesMax });
  }

  begin(): void {
    this.xml.reset();
    this.isOpen = true;
    this.kind = '';
    this.content = 0;
    this.handle = '';
    this.invocation = '';
    this.isFault = false;
  }
}

export class SdcConnection {
  readonly client: SdcSide;
  readonly server: SdcSide;
  /** Something that only SDC has was seen: what other web services have as well belongs to it. */
  isSdc = false;
  /** A message of the services beneath, before anything said that this is SDC. */
  heldKind = '';
  heldFromClient = true;
  /** The operation that waits for its answer. */
  askedVerb = '';
  askedHandle = '';
  askedFromClient = true;
  /** One bit for each attribute of the device that was told, for each oddity that was said. */
  told = 0;
  said = 0;

  constructor(names: XmlNames, limits: Limits) {
    this.client = new SdcSide(names, limits);
    this.server = new SdcSide(names, limits);
  }
}
