/** Why a device does not take an activation key. The local UI of a real device shows less; tests and people need more. */
export type RefusalCode =
  | 'DeviceNotFound'
  | 'DeviceNameAmbiguous'
  | 'DeviceAlreadyActivated'
  | 'DeviceHasNoIdentity'
  | 'KeyMalformed'
  | 'KeyHashMismatch'
  | 'KeyIncomplete'
  | 'KeyForAnotherDevice'
  | 'CertificateUnreadable'
  | 'CertificateExpired'
  | 'CertificateUnknown'
  | 'CertificateSuperseded'
  | 'VaultNotLinked'
  | 'VaultUnreachable'
  | 'VaultAccessDenied'
  | 'ChannelIntegrityKeyMissing'
  | 'ChannelIntegrityKeyMismatch'
  | 'EncryptionKeyMismatch';

/** A refused activation: a code for programs and one sentence for people. */
export class DeviceRefusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, sentence: string) {
    super(sentence);
    this.name = 'DeviceRefusal';
    this.code = code;
  }
}
