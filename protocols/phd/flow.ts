/** What is remembered of one connection between an agent (the device) and its manager. */
export class PhdSide {
  /** Bytes were lost or made no sense: silent up to the next APDU that begins a segment. */
  isLost = false;
  /** The pieces of identity that were told, one bit each. */
  told = 0;
}

export class PhdFlow {
  readonly client = new PhdSide();
  readonly server = new PhdSide();
  isAssociated = false;
  /** The operation that waits for its answer. */
  askedId = -1;
  askedVerb = '';
  askedObject = '';
  askedFromClient = true;
  /** One bit for each oddity that was said. */
  said = 0;
}
