import t from 'tap';
import { conversations } from '../../captures/protocols/make-secured.ts';
import { checkConversations } from '../support/conversation-checks.ts';

checkConversations(t, conversations);
